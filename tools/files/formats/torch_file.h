#pragma once

#include <string>
#include <vector>

#include "tools/files/formats/listed_file.h"
#include "tools/files/zip_directory.h"

namespace fno {

class Pickle;
struct PickleValue;

/// A file of torch.save since PyTorch 1.6: a tensor, or tensors in dictionaries, lists and tuples. An array is called
/// after the keys on the way to it, "x", "state/weight", "0"; a single tensor has an empty name. Numbers and texts
/// beside them are metadata. The pickle inside is read as a description and never run: a name that tensors do not need,
/// such as that of any class of a model, is refused.
///
/// Checked    the zip directory; every stride and offset against the storage; the CRC-32 of what is read whole.
/// Errors     kind data. TorchScript and the format before 1.6 are refused.
/// Source     PyTorch documentation, "Serialization semantics".
class TorchFile : public ListedFile {
 public:
  explicit TorchFile(const std::string& path);

 protected:
  [[nodiscard]] HostArray read_part(std::size_t index, std::int64_t first, std::int64_t count) const override;

 private:
  struct Tensor {
    const ZipEntry* storage = nullptr;
    std::int64_t offset = 0;  // in elements, as the strides
    std::vector<std::int64_t> strides;
  };
  [[nodiscard]] const ZipEntry& entry(const std::string& name) const;
  [[nodiscard]] std::vector<std::byte> member(const std::string& name) const;
  void collect(const PickleValue& value, const std::string& name, int depth);
  void add_tensor(const PickleValue& arguments, const std::string& name);
  void read_block(const Tensor& tensor, std::int64_t offset, std::vector<std::int64_t> shape,
                  const std::vector<std::int64_t>& steps, std::span<std::byte> to, std::size_t index) const;

  InputFile file_;
  std::vector<ZipEntry> entries_;
  std::string folder_;  // of the archive, with its '/'
  std::vector<Tensor> tensors_;
};

}  // namespace fno
