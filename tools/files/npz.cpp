#include "tools/files/npz.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/files/in_quotes.h"
#include "tools/files/zip_member.h"
#include "tools/files/zip_writer.h"

namespace fno {
namespace {

constexpr std::string_view kSuffix = ".npy";

std::string bare(std::string_view name) {
  if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  return std::string(name);
}

}  // namespace

NpzReader::NpzReader(std::string path) : file_(std::move(path)), entries_(read_zip_directory(file_)) {
  for (const ZipEntry& member : entries_) {
    names_.push_back(bare(member.name));
    // "x" beside "x.npy": NumPy would show the one and hide the other.
    require<ErrorKind::data>(index_.emplace(names_.back(), index_.size()).second, where(names_.back()),
                             ": occurs twice, with and without .npy");
  }
}

std::string NpzReader::where(std::string_view name) const { return file_.path() + ": array " + in_quotes(name); }

std::uint64_t NpzReader::allowance() const {
  constexpr std::uint64_t kBeyondFile = std::uint64_t{64} << 20;
  return file_.size() + kBeyondFile;
}

bool NpzReader::contains(std::string_view name) const { return index_.contains(bare(name)); }

const ZipEntry& NpzReader::entry(std::string_view name) const {
  const auto found = index_.find(bare(name));
  if (found != index_.end()) return entries_[found->second];
  fail_missing(path(), bare(name), names_);
}

HostArray NpzReader::read(std::string_view name) const {
  const ZipEntry& member = entry(name);
  const std::string place = where(bare(name));
  const ErrorContext reading([&](std::ostream& words) {
    words << "reading " << place << ", " << member.compressed_size << " bytes in the file, " << member.size
          << " unpacked";
  });
  ZipMember source(file_, member, place);
  HostArray array = read_npy_array(source, member.size, allowance(), place);
  source.finish();
  return array;
}

HostArray NpzReader::read_range(std::string_view name, std::int64_t first, std::int64_t count) const {
  const ZipEntry& member = entry(name);
  const std::lock_guard lock(opened_mutex_);
  // Taken out while it is read, so that an error leaves none behind.
  std::unique_ptr<NpyRows> rows = std::move(opened_);
  if (rows == nullptr || opened_name_ != member.name || first < rows->next()) {
    const std::string place = where(bare(name));
    rows = std::make_unique<NpyRows>(std::make_unique<ZipMember>(file_, member, place), member.size, place);
  }
  HostArray array = rows->read(first, count, allowance());
  opened_name_ = member.name;
  opened_ = std::move(rows);
  return array;
}

NpyHeader NpzReader::header(std::string_view name) const {
  const ZipEntry& member = entry(name);
  const std::string place = where(bare(name));
  ZipMember source(file_, member, place);
  return read_npy_header(source, member.size, place);
}

ArrayInfo NpzReader::info(std::string_view name) const { return info_of(bare(name), header(name)); }

std::vector<std::byte> NpzReader::raw(std::string_view name) const {
  std::vector<std::byte> bytes = raw_member(name);
  const std::uint64_t before = header(name).data_offset;
  bytes.erase(bytes.begin(),
              bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(before, bytes.size())));
  return bytes;
}

std::vector<std::byte> NpzReader::raw_member(std::string_view name) const {
  const ZipEntry& member = entry(name);
  ZipMember source(file_, member, where(bare(name)));
  std::vector<std::byte> bytes = read_growing(source, member.size, allowance());
  source.finish();
  return bytes;
}

namespace {

class NpzWriter : public ArrayWriter {
 public:
  NpzWriter(const std::string& path, bool compress)
      : path_(path), file_(path), zip_(file_, compress ? ZipCompression::small : ZipCompression::none) {}

  void begin(const std::string& name, const HostArray& like) override {
    end();
    const std::string bare_name = bare(name);
    constexpr std::size_t kLongest = 65000;  // a zip name has 16 bits of length
    require<ErrorKind::storage>(!bare_name.empty() && bare_name.size() <= kLongest, path_, ": array name ",
                                in_quotes(name), " of ", name.size(), " bytes; 1 to ", kLongest, " are accepted");
    require<ErrorKind::storage>(names_.insert(bare_name).second, path_, ": array name ", in_quotes(bare_name),
                                " is used twice");
    zip_.begin(bare(name).append(kSuffix));
    const std::string preamble = npy_preamble(like);
    zip_.append(std::as_bytes(std::span(preamble)));
    open_ = true;
  }
  void append(std::span<const std::byte> elements) override { zip_.append(elements); }
  void finish() override {
    end();
    zip_.finish();
    file_.commit();
  }

 private:
  void end() {
    if (std::exchange(open_, false)) zip_.end();
  }
  std::string path_;
  AtomicFile file_;
  ZipWriter zip_;
  std::unordered_set<std::string> names_;
  bool open_ = false;
};

}  // namespace

std::unique_ptr<ArrayWriter> create_npz(const std::string& path, bool compress) {
  return std::make_unique<NpzWriter>(path, compress);
}

void write_npz(const std::string& path, std::span<const NamedArray> arrays, bool compress) {
  for (const auto& [name, array] : arrays) (void)array.count(path + ": array " + in_quotes(name));
  NpzWriter writer(path, compress);
  for (const auto& [name, array] : arrays) {
    writer.begin(name, array);
    writer.append(array.bytes);
  }
  writer.finish();
}

}  // namespace fno
