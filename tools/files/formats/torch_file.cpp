#include "tools/files/formats/torch_file.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "framework/error.h"
#include "tools/files/formats/pickle.h"
#include "tools/files/in_quotes.h"
#include "tools/files/npy_format.h"
#include "tools/files/zip_member.h"

namespace fno {
namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor_v2",
                           kRebuildParameter = "torch._utils._rebuild_parameter",
                           kOrderedDict = "collections.OrderedDict";

struct KnownStorage {
  std::string_view name;
  std::size_t size;
  std::optional<HostType> type;
};
constexpr KnownStorage kStorages[] = {
    {"torch.FloatStorage", 4, HostType::f32},        {"torch.DoubleStorage", 8, HostType::f64},
    {"torch.HalfStorage", 2, HostType::f16},         {"torch.BFloat16Storage", 2, std::nullopt},
    {"torch.ComplexFloatStorage", 8, HostType::c64}, {"torch.ComplexDoubleStorage", 16, HostType::c128},
    {"torch.LongStorage", 8, HostType::i64},         {"torch.IntStorage", 4, HostType::i32},
    {"torch.ShortStorage", 2, HostType::i16},        {"torch.CharStorage", 1, HostType::i8},
    {"torch.ByteStorage", 1, HostType::u8},          {"torch.BoolStorage", 1, HostType::boolean}};

bool accepts(std::string_view name) {
  return name == kRebuildTensor || name == kRebuildParameter || name == kOrderedDict ||
         std::ranges::find(kStorages, name, &KnownStorage::name) != std::end(kStorages);
}

std::string text_of(const PickleValue& value) {
  std::array<char, 32> buffer{};
  const auto end = value.kind == Kind::real
                       ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), value.real).ptr
                       : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value.integer).ptr;
  return value.kind == Kind::text ? value.text : std::string(buffer.data(), end);
}

bool is_call(const PickleValue& value, std::string_view function) {
  return value.kind == Kind::call && value.items[0]->text == function;
}

const PickleValue* item(const PickleValue& value, Kind kind, std::size_t index) {
  return value.items.size() > index && value.items[index]->kind == kind ? value.items[index] : nullptr;
}

std::optional<std::vector<std::int64_t>> extents(const PickleValue& value, std::size_t index) {
  const PickleValue* list = item(value, Kind::sequence, index);
  if (list == nullptr || list->items.size() > kMaxHostAxes) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const PickleValue* number : list->items) {
    if (number->kind != Kind::integer || number->integer < 0) return std::nullopt;
    numbers.push_back(number->integer);
  }
  return numbers;
}

// Elements from the first to the last of a block, both counted; empty on overflow.
std::optional<std::int64_t> reach(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides) {
  std::int64_t sum = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::int64_t step = 0;
    if (shape[axis] == 0) return 0;
    if (__builtin_mul_overflow(shape[axis] - 1, strides[axis], &step) || __builtin_add_overflow(sum, step, &sum))
      return std::nullopt;
  }
  return sum;
}

constexpr std::uint64_t kBeyondFile = std::uint64_t{64} << 20;

}  // namespace

TorchFile::TorchFile(const std::string& path) : ListedFile(path), file_(path) {
  std::array<std::byte, 2> start{};
  if (file_.size() >= start.size()) file_.read_at(0, start);
  require<ErrorKind::data>(start[0] != std::byte{0x80}, path,
                           ": is a plain pickle, as PyTorch wrote before version 1.6; accepted: the zip archive of "
                           "torch.save since then: load it with PyTorch and save it again");
  entries_ = read_zip_directory(file_);
  constexpr std::string_view kPickle = "data.pkl";
  const auto found =
      std::ranges::find_if(entries_, [&](const ZipEntry& e) { return e.name.ends_with("/" + std::string(kPickle)); });
  require<ErrorKind::data>(found != entries_.end(), path, ": is a zip archive without data.pkl, not of torch.save");
  folder_ = found->name.substr(0, found->name.size() - kPickle.size());
  if (std::ranges::find(entries_, folder_ + "byteorder", &ZipEntry::name) != entries_.end()) {
    const std::vector<std::byte> order = member("byteorder");
    const std::string_view text(reinterpret_cast<const char*>(order.data()), order.size());
    require<ErrorKind::data>(text == "little", path, ": found byte order ", in_quotes(text), ", accepted: little");
  }
  const std::vector<std::byte> bytes = member(std::string(kPickle));
  const Pickle pickle(bytes, accepts, path);
  collect(pickle.value(), "", 0);
}

const ZipEntry& TorchFile::entry(const std::string& name) const {
  const auto found = std::ranges::find(entries_, folder_ + name, &ZipEntry::name);
  require<ErrorKind::data>(found != entries_.end(), path(), ": its archive has no member ", in_quotes(folder_ + name));
  return *found;
}

std::vector<std::byte> TorchFile::member(const std::string& name) const {
  const ZipEntry& e = entry(name);
  ZipMember source(file_, e, path() + ": member " + in_quotes(e.name));
  std::vector<std::byte> bytes = read_growing(source, e.size, file_.size() + kBeyondFile);
  source.finish();
  return bytes;
}

void TorchFile::collect(const PickleValue& value, const std::string& name, int depth) {
  constexpr int kDeepest = 16;
  require<ErrorKind::data>(depth <= kDeepest, path(), ": is nested deeper than ", kDeepest, " at ", in_quotes(name));
  const std::string before = name.empty() ? "" : name + "/";
  switch (value.kind) {
    case Kind::none: return;
    case Kind::boolean:
    case Kind::integer:
    case Kind::real:
    case Kind::text: metadata_.emplace(name, text_of(value)); return;
    case Kind::sequence:
      for (std::size_t i = 0; i < value.items.size(); ++i)
        collect(*value.items[i], before + std::to_string(i), depth + 1);
      return;
    case Kind::dictionary:
      for (std::size_t i = 0; i < value.items.size(); i += 2) {
        const PickleValue& key = *value.items[i];
        require<ErrorKind::data>(key.kind == Kind::text || key.kind == Kind::integer, path(), ": a key under ",
                                 in_quotes(name), " is neither a text nor an integer");
        collect(*value.items[i + 1], before + text_of(key), depth + 1);
      }
      return;
    case Kind::call:
      if (is_call(value, kRebuildTensor)) return add_tensor(*value.items[1], name);
      if (is_call(value, kRebuildParameter) && !value.items[1]->items.empty())
        return collect(*value.items[1]->items[0], name, depth + 1);
      [[fallthrough]];
    default:
      fail(ErrorKind::data, path(), ": found under ", in_quotes(name),
           " something else than a tensor, a number, a text, a dictionary, a list or a tuple");
  }
}

// (storage, offset, shape, strides, ...), the storage being ("storage", class, member, device, elements).
void TorchFile::add_tensor(const PickleValue& arguments, const std::string& name) {
  const std::string what = path() + ": array " + in_quotes(name);
  const PickleValue* handle = item(arguments, Kind::persistent, 0);
  const PickleValue* offset = item(arguments, Kind::integer, 1);
  const auto shape = extents(arguments, 2), strides = extents(arguments, 3);
  const PickleValue* storage = handle == nullptr ? nullptr : item(*handle, Kind::sequence, 0);
  const PickleValue* type = storage == nullptr ? nullptr : item(*storage, Kind::global, 1);
  const PickleValue* key = storage == nullptr ? nullptr : item(*storage, Kind::text, 2);
  const PickleValue* count = storage == nullptr ? nullptr : item(*storage, Kind::integer, 4);
  const auto known =
      type == nullptr ? std::end(kStorages) : std::ranges::find(kStorages, type->text, &KnownStorage::name);
  require<ErrorKind::data>(known != std::end(kStorages) && key != nullptr && count != nullptr && offset != nullptr &&
                               shape && strides && shape->size() == strides->size(),
                           what, ": is not described as PyTorch describes a tensor");
  const ZipEntry& held = entry("data/" + key->text);
  require<ErrorKind::data>(held.method == kZipStored, what, ": its member is compressed, accepted: stored");
  require<ErrorKind::data>(count->integer >= 0 &&
                               held.size / known->size == static_cast<std::uint64_t>(count->integer) &&
                               held.size % known->size == 0,
                           what, ": claims a storage of ", count->integer, " elements of ", known->size,
                           " bytes, its member has ", held.size, " bytes");
  const auto reached = reach(*shape, *strides);
  require<ErrorKind::data>(reached && offset->integer >= 0 && offset->integer <= count->integer &&
                               *reached <= count->integer - offset->integer,
                           what, ": shape ", host_shape_text(*shape), " with strides ", host_shape_text(*strides),
                           " from ", offset->integer, " reaches beyond the ", count->integer,
                           " elements of its storage");
  const auto elements = checked_count(*shape);
  require<ErrorKind::data>(
      elements && static_cast<std::uint64_t>(*elements) <= (file_.size() + kBeyondFile) / known->size, what, ": shape ",
      host_shape_text(*shape), " repeats ", count->integer, " stored elements too often");
  require<ErrorKind::data>(!contains(name), what, ": occurs twice");
  const bool rows_apart = strides->empty() || (*shape)[0] < 2 || (*strides)[0] >= *reached / (*shape)[0];
  list({name, type->text, known->type, *shape, !rows_apart});
  tensors_.push_back({&held, offset->integer, *strides});
}

HostArray TorchFile::read_part(std::size_t index, std::int64_t first, std::int64_t count) const {
  const Tensor& tensor = tensors_[index];
  HostArray array{*listed(index).type, listed(index).shape, {}, 0};
  std::int64_t offset = tensor.offset;
  if (!array.shape.empty()) {
    array.shape[0] = count;
    offset += first * tensor.strides[0];
  }
  array.bytes.resize(static_cast<std::size_t>(checked_count(array.shape).value_or(0)) * size_of(array.type));
  if (!array.bytes.empty()) read_block(tensor, offset, array.shape, row_major_strides(array.shape), array.bytes, index);
  return array;
}

// What a block spans in the storage is read at once if it is small, or all of it is wanted; else its widest axis is
// halved.
void TorchFile::read_block(const Tensor& tensor, std::int64_t offset, std::vector<std::int64_t> shape,
                           const std::vector<std::int64_t>& steps, std::span<std::byte> to, std::size_t index) const {
  constexpr std::uint64_t kSmall = 16 << 20;
  const std::size_t size = size_of(*listed(index).type);
  const std::uint64_t span = static_cast<std::uint64_t>(*reach(shape, tensor.strides)) * size;
  if (span > kSmall && span > static_cast<std::uint64_t>(*checked_count(shape)) * size) {
    std::size_t widest = 0;
    for (std::size_t axis = 1; axis < shape.size(); ++axis)
      if ((shape[axis] - 1) * tensor.strides[axis] > (shape[widest] - 1) * tensor.strides[widest]) widest = axis;
    const std::int64_t half = shape[widest] / 2, rest = shape[widest] - half;
    shape[widest] = half;
    read_block(tensor, offset, shape, steps, to, index);
    shape[widest] = rest;
    return read_block(tensor, offset + half * tensor.strides[widest], shape, steps,
                      to.subspan(static_cast<std::size_t>(half * steps[widest]) * size), index);
  }
  ZipMember source(file_, *tensor.storage, where(index));
  source.skip(static_cast<std::uint64_t>(offset) * size);
  std::vector<std::byte> from(span);
  source.read(from);
  if (span == tensor.storage->size) source.finish();
  copy_elements(to.data(), steps, from.data(), tensor.strides, shape, size);
}

}  // namespace fno
