#include "tools/files/formats/hdf5_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tools/files/formats/hdf5_attributes.h"
#include "tools/files/formats/hdf5_types.h"
#include "tools/files/formats/isolated_file.h"
#include "tools/files/formats/listed_file.h"
#include "tools/files/in_quotes.h"
#include "tools/files/input_file.h"
#include "tools/files/utf8.h"

namespace fno {
namespace {

using Shape = std::vector<std::int64_t>;
using Extents = std::vector<hsize_t>;

enum class Axes { as_stored, reversed };

constexpr std::uint64_t kBeyondFile = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostRatio = 1032;  // of deflate, which does best of the filters
constexpr std::size_t kChunkCache = std::size_t{64} << 20;
constexpr std::size_t kMostObjects = 100000;

// UTF-8 elements of `size` bytes each as text of NumPy: UTF-32, as wide as the longest, zeros behind.
HostArray as_text(const std::vector<std::byte>& utf8, std::size_t size, const Shape& shape, const std::string& where) {
  std::vector<std::u32string> texts;
  std::size_t width = 1;
  for (std::size_t at = 0; at < utf8.size(); at += size) {
    const char* begin = reinterpret_cast<const char*>(utf8.data()) + at;
    auto points = from_utf8({begin, ::strnlen(begin, size)});
    require<ErrorKind::data>(points.has_value(), where, ": text ", at / size, " is not UTF-8");
    width = std::max(width, points->size());
    texts.push_back(std::move(*points));
  }
  HostArray array{HostType::text, shape, {}, static_cast<std::int64_t>(width)};
  for (std::u32string& text : texts) {
    text.resize(width, U'\0');
    const auto bytes = std::as_bytes(std::span(text));
    array.bytes.insert(array.bytes.end(), bytes.begin(), bytes.end());
  }
  return array;
}

class Hdf5File : public ListedFile {
 public:
  Hdf5File(const std::string& path, Axes axes) : ListedFile(path), axes_(axes) {
    allowance_ = InputFile(path).size() + kBeyondFile;
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);  // a filter that is not the library's own would be code from elsewhere
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, path + ": HDF5 cannot start");
    H5Pset_file_locking(access, false, true);  // a file that is only read needs none, and some file systems have none
    file_ = {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose, path + ": is damaged or no HDF5 file"};
    if (axes == Axes::as_stored) add_hdf5_attributes(file_, "", metadata_);
    require<ErrorKind::data>(H5Lvisit(file_, H5_INDEX_NAME, H5_ITER_INC, visit, this) >= 0, path,
                             ": is damaged: its groups cannot be read");
    for (const std::string& name : objects_) add(name);
  }

 protected:
  HostArray read_part(std::size_t index, std::int64_t first, std::int64_t count) const override {
    const std::string what = where(index);
    const Hdf5Handle& data = dataset(index);
    const Hdf5Handle stored(H5Dget_type(data), H5Tclose, what + ": has no type");
    const Hdf5Type type = hdf5_type_of(stored);
    check_claims(data, type, what);
    Shape shape = listed(index).shape;
    if (!shape.empty()) shape[0] = count;
    const std::vector<std::byte> bytes = axes_ == Axes::as_stored || shape.size() < 2
                                             ? read_block(data, type, shape, first, what)
                                             : read_reversed(data, type, shape, first, what);
    if (type.type == HostType::text) return as_text(bytes, type.size, shape, what);
    return {*type.type, std::move(shape), bytes, 0};
  }

 private:
  static herr_t visit(hid_t, const char* name, const H5L_info_t* info, void* self) {
    auto& objects = static_cast<Hdf5File*>(self)->objects_;
    // Soft and external links would lead to arrays that are listed already, or into other files.
    if (info->type != H5L_TYPE_HARD || name[0] == '#') return 0;  // "#refs#": MATLAB's own
    if (objects.size() >= kMostObjects) return -1;
    try {
      objects.emplace_back(name);
    } catch (const std::bad_alloc&) {
      return -1;
    }
    return 0;
  }

  void add(const std::string& name) {
    const std::string what = path() + ": object " + in_quotes(name);
    const Hdf5Handle object(H5Oopen(file_, name.c_str(), H5P_DEFAULT), H5Oclose, what + " is damaged");
    if (axes_ == Axes::as_stored) add_hdf5_attributes(object, name + "@", metadata_);
    if (H5Iget_type(object) != H5I_DATASET) return;
    const Hdf5Handle stored(H5Dget_type(object), H5Tclose, what + " has no type");
    const Hdf5Handle space(H5Dget_space(object), H5Sclose, what + " has no shape");
    const Hdf5Handle plan(H5Dget_create_plist(object), H5Pclose, what + " is damaged");
    const Hdf5Type type = hdf5_type_of(stored);
    ArrayInfo info{name, type.name, type.type, shape_of(space, what)};
    if (H5Sget_simple_extent_type(space) == H5S_NULL || H5Aexists(object, "MATLAB_empty") > 0)
      info = {name, "empty", std::nullopt, {0}};
    if (H5Pget_layout(plan) == H5D_VIRTUAL ||
        (H5Pget_layout(plan) == H5D_CONTIGUOUS && H5Pget_external_count(plan) > 0))
      info = {name, type.name + " in other files", std::nullopt, info.shape};
    if (axes_ == Axes::reversed) {
      std::ranges::reverse(info.shape);
      info.fortran_order = std::ranges::count_if(info.shape, [](std::int64_t n) { return n > 1; }) > 1;
    }
    list(std::move(info));
  }

  static Shape shape_of(hid_t space, const std::string& what) {
    const int rank = H5Sget_simple_extent_ndims(space);
    require<ErrorKind::data>(rank >= 0, what, ": has no shape");
    Extents extents(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space, extents.data(), nullptr);
    const Shape shape(extents.begin(), extents.end());
    require<ErrorKind::data>(checked_bytes(HostType::c128, 1, shape).has_value(), what, ": is larger than any file");
    return shape;
  }

  // The array read last stays open, and with it the chunks that the next range may share.
  const Hdf5Handle& dataset(std::size_t index) const {
    if (open_index_ == index) return open_;
    open_index_ = names().size();
    const Hdf5Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, path() + ": HDF5 cannot start");
    constexpr std::size_t kSlots = 12421;
    H5Pset_chunk_cache(access, kSlots, kChunkCache, 1.0);
    open_ = {H5Dopen2(file_, names()[index].c_str(), access), H5Dclose, where(index) + ": is damaged"};
    open_index_ = index;
    return open_;
  }

  // What the file claims, against what it holds, before the library asks for memory.
  void check_claims(hid_t data, const Hdf5Type& type, const std::string& what) const {
    const Hdf5Handle space(H5Dget_space(data), H5Sclose, what + ": has no shape");
    const Hdf5Handle plan(H5Dget_create_plist(data), H5Pclose, what + ": is damaged");
    const std::uint64_t held = H5Dget_storage_size(data);
    const auto check = [&](std::uint64_t count, const char* of) {
      std::uint64_t bytes = 0;
      const bool small = !__builtin_mul_overflow(count, type.size, &bytes) &&
                         (bytes <= allowance_ || bytes / kMostRatio <= std::min(held, allowance_));
      require<ErrorKind::data>(small, what, ": claims ", of, " of ", count, " elements of ", type.size,
                               " bytes, the file holds ", held, " bytes of it");
    };
    check(static_cast<std::uint64_t>(H5Sget_simple_extent_npoints(space)), "an array");
    if (H5Pget_layout(plan) != H5D_CHUNKED) return;
    Extents chunk(static_cast<std::size_t>(std::max(H5Sget_simple_extent_ndims(space), 0)));
    H5Pget_chunk(plan, static_cast<int>(chunk.size()), chunk.data());
    std::uint64_t count = 1;
    for (const hsize_t n : chunk)
      if (__builtin_mul_overflow(count, n, &count)) count = ~std::uint64_t{0};
    check(count, "chunks");
    for (int i = 0; i < H5Pget_nfilters(plan); ++i) {
      unsigned flags = 0, config = 0;
      std::size_t values = 0;
      char name[64] = "";
      const H5Z_filter_t filter =
          H5Pget_filter2(plan, static_cast<unsigned>(i), &flags, &values, nullptr, sizeof name, name, &config);
      require<ErrorKind::data>(H5Zfilter_avail(filter) > 0, what, ": is compressed by filter ", filter, " ",
                               in_quotes(std::string(name, ::strnlen(name, sizeof name))),
                               ", which the HDF5 library here does not have; accepted: deflate (gzip), shuffle, szip, "
                               "fletcher32: h5repack -f GZIP=1 converts");
    }
  }

  // The block of `shape` whose corner is `start`, in the order of the file.
  static std::vector<std::byte> read_at(hid_t data, const Hdf5Type& type, const Extents& start, const Extents& shape,
                                        const std::string& what) {
    std::size_t bytes = type.size;
    for (const hsize_t n : shape) bytes *= n;
    std::vector<std::byte> block(bytes);
    if (bytes == 0) return block;
    const Hdf5Handle space(H5Dget_space(data), H5Sclose, what + ": has no shape");
    const auto rank = static_cast<int>(shape.size());
    const Hdf5Handle memory(rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, shape.data(), nullptr), H5Sclose,
                            what + ": cannot be read");
    if (rank > 0) H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, shape.data(), nullptr);
    require<ErrorKind::data>(H5Dread(data, type.memory, memory, space, H5P_DEFAULT, block.data()) >= 0, what,
                             ": is damaged: its elements cannot be read");
    return block;
  }

  static std::vector<std::byte> read_block(hid_t data, const Hdf5Type& type, const Shape& shape, std::int64_t first,
                                           const std::string& what) {
    Extents start(shape.size(), 0);
    if (!start.empty()) start[0] = static_cast<hsize_t>(first);
    return read_at(data, type, start, {shape.begin(), shape.end()}, what);
  }

  // `shape` has the axes in the other order than the file. Slabs along the file's slowest axis, each turned round.
  std::vector<std::byte> read_reversed(hid_t data, const Hdf5Type& type, const Shape& shape, std::int64_t first,
                                       const std::string& what) const {
    const auto total = static_cast<std::size_t>(checked_count(shape).value_or(0)) * type.size;
    std::vector<std::byte> out(total);
    if (total == 0) return out;
    const std::int64_t depth = shape.back();
    const std::int64_t slab = std::max<std::int64_t>(1, kSlabBytes * depth / static_cast<std::int64_t>(total));
    const Shape steps = row_major_strides(shape);
    Shape part = shape;
    for (std::int64_t at = 0; at < depth; at += part.back()) {
      part.back() = std::min(slab, depth - at);
      Extents start(shape.size(), 0);
      start.front() = static_cast<hsize_t>(at);
      start.back() = static_cast<hsize_t>(first);
      const std::vector<std::byte> block = read_at(data, type, start, {part.rbegin(), part.rend()}, what);
      copy_elements(out.data() + static_cast<std::size_t>(at) * type.size, steps, block.data(),
                    column_major_strides(part), part, type.size);
    }
    return out;
  }
  static constexpr std::int64_t kSlabBytes = 16 << 20;

  Axes axes_;
  std::uint64_t allowance_ = 0;
  Hdf5Handle file_;
  std::vector<std::string> objects_;
  mutable std::size_t open_index_ = ~std::size_t{0};
  mutable Hdf5Handle open_;
};

template <Axes axes>
std::unique_ptr<ArrayFile> open_here(const std::string& path) {
  return std::make_unique<Hdf5File>(path, axes);
}

}  // namespace

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return "HDF5 " + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

std::unique_ptr<ArrayFile> open_hdf5(const std::string& path) {
  return open_isolated(path, "the HDF5 library", open_here<Axes::as_stored>);
}

std::unique_ptr<ArrayFile> open_matlab_73(const std::string& path) {
  return open_isolated(path, "the HDF5 library", open_here<Axes::reversed>);
}

}  // namespace fno
