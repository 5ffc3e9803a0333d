#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/files/array_file.h"

namespace fno {

/// A file whose arrays are listed when it is opened: what the readers of HDF5, MATLAB and PyTorch files share. A reader
/// lists in its constructor and reads ranges; names, checks and errors are here. A name may begin with '/'.
class ListedFile : public ArrayFile {
 public:
  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept override { return names_; }
  [[nodiscard]] bool contains(std::string_view name) const override { return find(name) < names_.size(); }
  [[nodiscard]] ArrayInfo info(std::string_view name) const override { return arrays_[index_of(name)]; }
  [[nodiscard]] HostArray read(std::string_view name) const override;
  [[nodiscard]] HostArray read_range(std::string_view name, std::int64_t first, std::int64_t count) const override;
  /// As read(): these formats have no bytes of an array but its elements.
  [[nodiscard]] std::vector<std::byte> raw(std::string_view name) const override { return read(name).bytes; }
  [[nodiscard]] std::map<std::string, std::string> metadata() const override { return metadata_; }

 protected:
  explicit ListedFile(std::string path) : path_(std::move(path)) {}
  void list(ArrayInfo array);
  [[nodiscard]] const ArrayInfo& listed(std::size_t index) const { return arrays_[index]; }
  [[nodiscard]] std::string where(std::size_t index) const;
  /// Elements of array `index`, of a readable type: samples first to first + count - 1, which are there; of a single
  /// value 0 and 1.
  [[nodiscard]] virtual HostArray read_part(std::size_t index, std::int64_t first, std::int64_t count) const = 0;

  std::map<std::string, std::string> metadata_;

 private:
  [[nodiscard]] std::size_t find(std::string_view name) const;
  [[nodiscard]] std::size_t index_of(std::string_view name) const;
  [[nodiscard]] std::size_t readable(std::string_view name) const;

  std::string path_;
  std::vector<std::string> names_;
  std::vector<ArrayInfo> arrays_;
};

}  // namespace fno
