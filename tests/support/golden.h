#pragma once

#include <string>
#include <vector>

#include "framework/tensor/tensor.h"
#include "tools/files/npz.h"

namespace fno::test {

/// One array of a golden file. Values in double: exact for the float32 inputs, and as stored for the results.
struct GoldenArray {
  Shape shape;
  std::vector<double> values;
};

/// A file of tests/golden; its README gives layouts and conventions. Keys are CASE__ARRAY.
class GoldenFile {
 public:
  /// By name without ".npz", from the folder FNO_GOLDEN_DIR: that of the build, or of the environment if set there.
  explicit GoldenFile(const std::string& name);

  [[nodiscard]] GoldenArray get(const std::string& in_case, const std::string& array) const;
  [[nodiscard]] double number(const std::string& in_case, const std::string& array) const;
  [[nodiscard]] std::vector<int> integers(const std::string& in_case, const std::string& array) const;
  /// As a tensor; of a complex type from ARRAY_re and ARRAY_im.
  [[nodiscard]] Tensor tensor(const std::string& in_case, const std::string& array, Dtype dtype,
                              const Device& device) const;
  /// Every case in the file, each once, sorted.
  [[nodiscard]] std::vector<std::string> cases() const;

 private:
  NpzReader reader_;
};

/// The values as a tensor of a real type.
[[nodiscard]] Tensor tensor_of(const std::vector<double>& values, const Shape& shape, Dtype dtype,
                               const Device& device);

}  // namespace fno::test
