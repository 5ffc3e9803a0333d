#pragma once

#include <string>
#include <vector>

#include "tools/files/input_file.h"
#include "tools/files/npy_format.h"

namespace fno {

/// Reads an NPY file: versions 1 to 3, either byte order, C or Fortran order. Errors of kind data name the path and say
/// what was found and what is accepted; bytes after the array are an error too.
[[nodiscard]] HostArray read_npy(const std::string& path);

/// The header alone.
[[nodiscard]] NpyHeader read_npy_file_header(const std::string& path);

/// An NPY file as a file of one array, whose name is empty.
class NpyReader : public ArrayFile {
 public:
  explicit NpyReader(std::string path) : file_(std::move(path)) {}
  [[nodiscard]] const std::string& path() const noexcept override { return file_.path(); }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept override { return names_; }
  [[nodiscard]] bool contains(std::string_view name) const override { return name.empty(); }
  [[nodiscard]] ArrayInfo info(std::string_view name) const override;
  [[nodiscard]] HostArray read(std::string_view name) const override;
  [[nodiscard]] HostArray read_range(std::string_view name, std::int64_t first, std::int64_t count) const override;
  [[nodiscard]] std::vector<std::byte> raw(std::string_view name) const override;

 private:
  void check_name(std::string_view name) const;
  InputFile file_;
  std::vector<std::string> names_{""};
};

/// Writes what NumPy would write, atomically. Errors of kind storage; data if the array's shape and
/// bytes disagree.
void write_npy(const std::string& path, const HostArray& array);

}  // namespace fno
