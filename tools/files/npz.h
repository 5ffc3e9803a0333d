#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/files/array_file.h"
#include "tools/files/array_writer.h"
#include "tools/files/input_file.h"
#include "tools/files/npy_format.h"
#include "tools/files/zip_directory.h"

namespace fno {

/// Reads NPZ files: zip archives of NPY arrays as numpy.savez and savez_compressed write them (stored or deflated,
/// zip64, data descriptors). Names are those of NumPy: without ".npy", which may be given or not. Damage is found,
/// never passed on: every size is checked before memory is asked for, CRC-32 after the last byte.
///
///     const NpzReader train("train.npz");
///     const std::vector<float> x = train.read("x").to_floats("train.npz: array 'x'");
///
/// Errors   kind data, naming the file and the array, what was found and what is accepted. A missing file included.
/// Threads  const members may run at the same time.
class NpzReader : public ArrayFile {
 public:
  /// Opens the file and reads its directory, no array.
  explicit NpzReader(std::string path);

  [[nodiscard]] const std::string& path() const noexcept override { return file_.path(); }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept override { return names_; }
  [[nodiscard]] bool contains(std::string_view name) const override;
  [[nodiscard]] ArrayInfo info(std::string_view name) const override;
  [[nodiscard]] HostArray read(std::string_view name) const override;
  /// Ranges of a compressed array asked for in rising order are inflated once.
  [[nodiscard]] HostArray read_range(std::string_view name, std::int64_t first, std::int64_t count) const override;
  [[nodiscard]] std::vector<std::byte> raw(std::string_view name) const override;
  /// All that the NPY header says, without reading the elements.
  [[nodiscard]] NpyHeader header(std::string_view name) const;
  /// The bytes of any member, inflated and checked, NPY header included.
  [[nodiscard]] std::vector<std::byte> raw_member(std::string_view name) const;

 private:
  [[nodiscard]] const ZipEntry& entry(std::string_view name) const;
  [[nodiscard]] std::string where(std::string_view name) const;
  [[nodiscard]] std::uint64_t allowance() const;

  InputFile file_;
  std::vector<ZipEntry> entries_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> index_;
  mutable std::mutex opened_mutex_;
  mutable std::string opened_name_;
  mutable std::unique_ptr<NpyRows> opened_;  // the array that ranges were last read from
};

/// The same file piece by piece. Compressed, it is read in rising order only, see NpzReader.
[[nodiscard]] std::unique_ptr<ArrayWriter> create_npz(const std::string& path, bool compress);

/// Writes arrays in the given order as one NPZ file, stored or deflated, atomically. Deterministic: the same arrays
/// give the same bytes (dates are 1980-01-01; deflated bytes depend on the version of zlib). NumPy reads it.
/// Errors   kind storage: not writable, full, a name that is empty, used twice or longer than 65,000 bytes;
///          data if shape and bytes of an array disagree.
void write_npz(const std::string& path, std::span<const NamedArray> arrays, bool compress);

}  // namespace fno
