#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "framework/error.h"
#include "tools/files/array_file.h"
#include "tools/files/stored_array.h"

namespace fno::ptychography {

/// "scan.npz: array 'diffraction'": how messages begin.
[[nodiscard]] std::string where(const std::string& path, const std::string& name);

/// "(2, 0, 5)": the place of an element.
[[nodiscard]] std::string index_text(std::int64_t flat, std::span<const std::int64_t> shape);

enum class Numbers { real, complex };

/// The header of an array that is there, of that kind (float32, float64; complex64, complex128) and rank and without an
/// empty axis. Errors: data, otherwise; `accepted` is the shape in words.
[[nodiscard]] ArrayInfo checked_header(const ArrayFile& file, const std::string& name, Numbers numbers,
                                       std::size_t rank, const char* accepted);

/// Reads arrays one after another and keeps their hashes. Errors: data; NaN and infinity with their index.
class ArrayReader {
 public:
  ArrayReader(const ArrayFile& file, std::vector<StoredArray>& arrays) : file_(file), arrays_(arrays) {}

  [[nodiscard]] std::vector<float> reals(const std::string& name);
  [[nodiscard]] std::vector<std::complex<float>> complexes(const std::string& name);
  /// For arrays that nobody keeps: whether any element differs from zero.
  [[nodiscard]] bool any(const std::string& name);
  /// As it is; nobody has looked at its elements.
  [[nodiscard]] HostArray read(const std::string& name);
  [[nodiscard]] const ArrayFile& file() const { return file_; }

 private:
  template <class T>
  void check(const HostArray& array, const std::string& name, std::span<const T> values) const;

  const ArrayFile& file_;
  std::vector<StoredArray>& arrays_;
};

}  // namespace fno::ptychography
