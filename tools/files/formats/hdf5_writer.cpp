#include <algorithm>
#include <utility>

#include "tools/files/atomic_file.h"
#include "tools/files/formats/hdf5_file.h"
#include "tools/files/formats/hdf5_types.h"
#include "tools/files/in_quotes.h"

namespace fno {
namespace {

constexpr ErrorKind kKind = ErrorKind::storage;

class Hdf5Writer : public ArrayWriter {
 public:
  Hdf5Writer(const std::string& path, bool compress) : path_(path), compress_(compress), atomic_(path) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, path + ": HDF5 cannot start", kKind);
    H5Pset_file_locking(access, false, true);
    file_ = {H5Fcreate(atomic_.temporary().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose,
             path + ": cannot be written by the HDF5 library", kKind};
  }

  void begin(const std::string& name, const HostArray& like) override {
    where_ = path_ + ": array " + in_quotes(name);
    like_ = like;
    like_.bytes.clear();
    const bool text = like.type == HostType::text;
    type_ = hdf5_type_for(like.type,
                          4 * static_cast<std::size_t>(text ? like.text_width : 0));  // at most 4 bytes a code point
    extents_.assign(like.shape.begin(), like.shape.end());
    done_ = 0;
    const auto rank = static_cast<int>(extents_.size());
    const Hdf5Handle space(rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, extents_.data(), nullptr),
                           H5Sclose, where_ + ": shape " + host_shape_text(like.shape) + " has no place in HDF5",
                           kKind);
    const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose, path_ + ": HDF5 cannot start", kKind);
    H5Pset_create_intermediate_group(links, 1);
    const Hdf5Handle plan(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, path_ + ": HDF5 cannot start", kKind);
    if (compress_) set_chunks(plan);
    H5Pset_obj_track_times(plan, false);  // the same arrays give the same bytes
    data_ = {H5Dcreate2(file_, name.c_str(), type_, space, links, plan, H5P_DEFAULT), H5Dclose,
             where_ + ": HDF5 takes no array of this name, or has one already", kKind};
  }

  void append(std::span<const std::byte> elements) override {
    std::vector<char> texts;
    if (like_.type == HostType::text) texts = utf8(elements);
    const void* from = texts.empty() ? static_cast<const void*>(elements.data()) : texts.data();
    const Hdf5Handle all(H5Dget_space(data_), H5Sclose, where_, kKind);
    std::vector<hsize_t> part = extents_, start(extents_.size(), 0);
    if (!part.empty()) {
      std::uint64_t row =
          size_of(like_.type) * static_cast<std::size_t>(like_.type == HostType::text ? like_.text_width : 1);
      for (std::size_t axis = 1; axis < part.size(); ++axis) row *= part[axis];
      if (row == 0 || elements.empty()) return;
      part[0] = elements.size() / row;
      start[0] = done_;
      done_ += part[0];
      H5Sselect_hyperslab(all, H5S_SELECT_SET, start.data(), nullptr, part.data(), nullptr);
    }
    const Hdf5Handle memory(
        part.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(part.size()), part.data(), nullptr),
        H5Sclose, where_, kKind);
    require<kKind>(H5Dwrite(data_, type_, memory, all, H5P_DEFAULT, from) >= 0, where_,
                   ": cannot be written by the HDF5 library; is the disk full?");
  }

  void finish() override {
    data_ = {};
    require<kKind>(H5Fflush(file_, H5F_SCOPE_GLOBAL) >= 0, path_, ": cannot be written; is the disk full?");
    file_ = {};
    atomic_.commit();
  }

 private:
  // Whole samples, about 1 MiB of them, so that a range of samples costs what it holds.
  void set_chunks(hid_t plan) const {
    if (extents_.empty() || std::ranges::find(extents_, hsize_t{0}) != extents_.end()) return;
    constexpr hsize_t kChunk = 1 << 20;
    std::vector<hsize_t> chunk = extents_;
    hsize_t row = H5Tget_size(type_);
    for (std::size_t axis = 1; axis < chunk.size(); ++axis) row *= chunk[axis];
    chunk[0] = std::clamp<hsize_t>(kChunk / std::max<hsize_t>(row, 1), 1, extents_[0]);
    // A chunk stays below 4 GiB, which one sample may pass.
    for (std::size_t axis = 1; axis < chunk.size() && row > kChunk; ++axis) {
      row /= chunk[axis];
      chunk[axis] = std::clamp<hsize_t>(kChunk / row, 1, chunk[axis]);
      row *= chunk[axis];
    }
    H5Pset_chunk(plan, static_cast<int>(chunk.size()), chunk.data());
    H5Pset_shuffle(plan);
    H5Pset_deflate(plan, 1);
  }

  std::vector<char> utf8(std::span<const std::byte> elements) const {
    HostArray array{HostType::text, {}, {elements.begin(), elements.end()}, like_.text_width};
    const auto width = static_cast<std::size_t>(like_.text_width);
    array.shape = {static_cast<std::int64_t>(width == 0 ? 0 : elements.size() / (4 * width))};
    const std::size_t size = H5Tget_size(type_);
    std::vector<char> texts(static_cast<std::size_t>(array.shape[0]) * size);
    std::size_t at = 0;
    for (const std::string& text : array.to_texts(where_)) {
      std::copy(text.begin(), text.end(), texts.begin() + static_cast<std::ptrdiff_t>(at));
      at += size;
    }
    return texts;
  }

  std::string path_, where_;
  bool compress_;
  AtomicFile atomic_;
  Hdf5Handle file_, type_, data_;  // closed in the other order, before the temporary file goes
  HostArray like_;
  std::vector<hsize_t> extents_;
  hsize_t done_ = 0;
};

}  // namespace

std::unique_ptr<ArrayWriter> create_hdf5(const std::string& path, bool compress) {
  return std::make_unique<Hdf5Writer>(path, compress);
}

}  // namespace fno
