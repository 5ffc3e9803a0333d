#include "tools/onnx/memory.h"

#include <algorithm>

#include "framework/error.h"
#include "framework/scope.h"

namespace fno {
namespace {

std::int64_t floats_in(std::size_t bytes) { return static_cast<std::int64_t>(bytes / sizeof(float)); }

OnnxDims with_first(std::int64_t first, const OnnxDims& shape) {
  OnnxDims all{first};
  all.insert(all.end(), shape.begin(), shape.end());
  return all;
}

// The extents behind the first.
OnnxDims tail_of(const OnnxDims& shape) { return {shape.begin() + 1, shape.end()}; }

}  // namespace

std::int64_t product_of(const OnnxDims& dims) {
  std::int64_t n = 1;
  for (const std::int64_t extent : dims) n *= extent;
  return n;
}

OnnxMemory::Stretches::const_iterator OnnxMemory::first_in(const float* at, std::int64_t count) const {
  auto found = stretches_.upper_bound(at);
  if (found != stretches_.begin()) {
    const auto before = std::prev(found);
    if (before->first + before->second.count > at) found = before;
  }
  return found != stretches_.end() && found->first < at + count ? found : stretches_.end();
}

bool OnnxMemory::is_constant(const float* at, std::int64_t count) const {
  return first_in(at, count) == stretches_.end();
}

void OnnxMemory::put(const float* at, std::int64_t count, OnnxHeld held) {
  forget(at, static_cast<std::size_t>(count) * sizeof(float));
  stretches_.insert_or_assign(at, Stretch{count, std::move(held)});
}

void OnnxMemory::forget(const void* at, std::size_t bytes) {
  const auto* const begin = static_cast<const float*>(at);
  const std::int64_t count = floats_in(bytes);
  for (auto found = first_in(begin, count); found != stretches_.end(); found = first_in(begin, count)) {
    require<ErrorKind::config>(found->first >= begin && found->first + found->second.count <= begin + count,
                               "onnx: a network that overwrites a part of a value cannot be written down, found in ",
                               Scope::current());
    stretches_.erase(found);
  }
}

void OnnxMemory::release(void* block, std::size_t bytes) noexcept {
  for (auto at = stretches_.lower_bound(static_cast<const float*>(block));
       at != stretches_.end() && at->first < static_cast<const float*>(block) + bytes / sizeof(float);)
    at = stretches_.erase(at);
  host_.memory().release(block, bytes);
}

void OnnxMemory::copy(void* to, const void* from, std::size_t bytes, CopyKind kind) {
  const auto* const source = static_cast<const float*>(from);
  const std::int64_t count = floats_in(bytes);
  const bool constant = kind == CopyKind::host_to_device || is_constant(source, count);
  require<ErrorKind::config>(constant || kind != CopyKind::device_to_host,
                             "onnx: a network that reads values back cannot be written down, found in ",
                             Scope::current());
  if (!constant) return put(static_cast<const float*>(to), count, held(source, count));
  if (kind != CopyKind::device_to_host) forget(to, bytes);
  host_.memory().copy(to, from, bytes, kind);
}

void OnnxMemory::zero(void* block, std::size_t bytes) {
  forget(block, bytes);
  host_.memory().zero(block, bytes);
}

OnnxHeld OnnxMemory::held(const float* at, std::int64_t count) {
  const auto first = first_in(at, count);
  if (first == stretches_.end()) return repeated(at, {count});
  require<ErrorKind::config>(!first->second.held.spectrum,
                             "onnx: a network that handles single frequencies cannot be written down, found in ",
                             Scope::current());
  if (first->first == at && first->second.count == count) return first->second.held;
  if (first->first <= at && at + count <= first->first + first->second.count)
    return cut(first->second, at - first->first, count);
  OnnxHeld whole = joined(at, count, first);
  put(at, count, whole);
  return whole;
}

OnnxHeld OnnxMemory::cut(const Stretch& from, std::int64_t first, std::int64_t count) {
  OnnxDims shape = from.held.shape;
  if (product_of(shape) != from.count) shape = {from.count};
  std::int64_t inner = product_of(tail_of(shape));
  if (first % inner != 0 || count % inner != 0) {
    shape = {from.count};
    inner = 1;
  }
  const std::string name = graph_->node("Slice", {shaped(from.held, shape), graph_->ints({first / inner}),
                                                  graph_->ints({(first + count) / inner}), graph_->ints({1})});
  shape.front() = count / inner;
  return {name, shape};
}

OnnxHeld OnnxMemory::joined(const float* at, std::int64_t count, Stretches::const_iterator first) {
  struct Piece {
    const float* at;
    std::int64_t count;
    const OnnxHeld* held;  // null for constants
  };
  std::vector<Piece> pieces;
  const float* next = at;
  const auto constants_until = [&](const float* end) {
    if (next < end) pieces.push_back({next, end - next, nullptr});
  };
  OnnxDims tail = tail_of(first->second.held.shape);
  for (auto s = first; s != stretches_.end() && s->first < at + count; ++s) {
    const auto& [n, held] = s->second;
    require<ErrorKind::config>(s->first >= at && s->first + n <= at + count && !held.spectrum,
                               "onnx: a network that joins parts of values cannot be written down, found in ",
                               Scope::current());
    if (product_of(held.shape) != n) tail = {};
    constants_until(s->first);
    pieces.push_back({s->first, n, &held});
    next = s->first + n;
  }
  constants_until(at + count);
  if (!std::ranges::all_of(pieces, [&](const Piece& p) { return p.count % product_of(tail) == 0; })) tail = {};
  std::vector<std::string> names;
  for (const Piece& piece : pieces) {
    const OnnxDims shape = with_first(piece.count / product_of(tail), tail);
    names.push_back(piece.held ? shaped(*piece.held, shape) : repeated(piece.at, shape).name);
  }
  return {graph_->node("Concat", names, {{"axis", std::int64_t{1}}}), with_first(count / product_of(tail), tail)};
}

std::string OnnxMemory::shaped(const OnnxHeld& held, const OnnxDims& shape) {
  return held.shape == shape ? held.name : graph_->node("Reshape", {held.name, graph_->ints(with_first(-1, shape))});
}

OnnxHeld OnnxMemory::repeated(const float* at, const OnnxDims& shape) {
  const std::string samples =
      graph_->node("Shape", {graph_->inputs.at(0).name}, {{"start", std::int64_t{0}}, {"end", std::int64_t{1}}});
  const std::string wanted = graph_->node("Concat", {samples, graph_->ints(shape)}, {{"axis", std::int64_t{0}}});
  return {graph_->node("Expand", {operand(at, shape), wanted}), shape};
}

std::string OnnxMemory::value(const float* at, std::int64_t count, const OnnxDims& shape) {
  return shaped(held(at, count), shape);
}

std::string OnnxMemory::operand(const float* at, const OnnxDims& shape) {
  const std::int64_t count = product_of(shape);
  if (!is_constant(at, count)) return value(at, shape);
  return graph_->floats(numbers(at, count), with_first(1, shape), name_of(at));
}

std::string OnnxMemory::spectrum(const float* at, const OnnxDims& shape) const {
  const auto found = stretches_.find(at);
  require<ErrorKind::config>(
      found != stretches_.end() && found->second.held.spectrum && found->second.held.shape == shape,
      "onnx: a network that makes its own frequencies cannot be written down, found in ", Scope::current());
  return found->second.held.name;
}

std::vector<float> OnnxMemory::numbers(const float* at, std::int64_t count) const {
  require<ErrorKind::config>(is_constant(at, count),
                             "onnx: a network whose weights depend on its input cannot be written down, found in ",
                             Scope::current());
  std::vector<float> values(static_cast<std::size_t>(count));
  host_.memory().copy(values.data(), at, values.size() * sizeof(float), CopyKind::device_to_host);
  return values;
}

std::string OnnxMemory::constant(const float* at, const OnnxDims& shape) {
  return graph_->floats(numbers(at, product_of(shape)), shape, name_of(at));
}

std::string OnnxMemory::name_of(const void* at) const {
  const auto found = names_.find(at);
  return found == names_.end() ? std::string() : found->second;
}

}  // namespace fno
