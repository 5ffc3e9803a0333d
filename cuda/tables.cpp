#include "cuda/tables.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numbers>
#include <type_traits>
#include <utility>

namespace fno::cuda::CU_TARGET {
namespace {

// 2π·k·j/n with the product reduced in integers first: exact to the last digit for every length.
double angle(std::int64_t k, std::int64_t j, std::int64_t n) {
  const std::int64_t turn = ((k * j) % n + n) % n;
  return 2 * std::numbers::pi * static_cast<double>(turn) / static_cast<double>(n);
}

// The quadrature belongs to the unweighted pair: its analysis integrates, and its synthesis is the adjoint of that.
double point_weight(const ModeSet& modes, std::size_t axis, int point, bool weighted) {
  return weighted || modes.quadrature[axis].empty() ? 1 : modes.quadrature[axis][static_cast<std::size_t>(point)];
}

// Pairs ±k in the order of first appearance. A frequency listed twice opens a pair of its own.
struct Pairs {
  std::vector<int> frequency, plus, minus;
  explicit Pairs(const std::vector<int>& kept) {
    for (std::size_t place = 0; place < kept.size(); ++place) {
      const int size = std::abs(kept[place]);
      std::vector<int>& side = kept[place] < 0 ? minus : plus;
      std::size_t u = 0;
      while (u < frequency.size() && (frequency[u] != size || side[u] >= 0)) ++u;
      if (u == frequency.size()) {
        frequency.push_back(size);
        plus.push_back(-1);
        minus.push_back(-1);
      }
      side[u] = static_cast<int>(place);
    }
  }
};

}  // namespace

Tables::~Tables() {
  for (const auto& [block, bytes] : blocks_) memory_.release(block, bytes);
}

template <class T>
Tables::Family<T>& Tables::family() {
  if constexpr (std::is_same_v<T, float>)
    return float_;
  else
    return double_;
}

template <class E>
const E* Tables::upload(const std::vector<E>& values) {
  const std::size_t bytes = values.size() * sizeof(E);
  if (bytes == 0) return nullptr;
  void* block = memory_.allocate(bytes);
  blocks_.emplace_back(block, bytes);
  memory_.copy(block, values.data(), bytes, CopyKind::host_to_device);
  return static_cast<const E*>(block);
}

template <class T>
AxisTable<T> Tables::make_axis(const ModeSet& modes, std::size_t axis, bool weighted) {
  const int points = modes.size[axis], period = modes.period[axis];
  const std::vector<int>& frequency = modes.frequency[axis];
  const Pairs pairs(frequency);
  std::vector<T> waves;
  waves.reserve(2 * pairs.frequency.size() * static_cast<std::size_t>(points));
  for (const int k : pairs.frequency) {
    for (int j = 0; j < points; ++j)
      waves.push_back(static_cast<T>(point_weight(modes, axis, j, weighted) * std::cos(angle(k, j, period))));
    for (int j = 0; j < points; ++j)
      waves.push_back(static_cast<T>(point_weight(modes, axis, j, weighted) * std::sin(angle(k, j, period))));
  }
  return {.points = points,
          .kept = static_cast<int>(frequency.size()),
          .pairs = static_cast<int>(pairs.frequency.size()),
          .waves = upload(waves),
          .plus = upload(pairs.plus),
          .minus = upload(pairs.minus)};
}

template <class T>
const ModeTables<T>& Tables::modes(const ModeSet& modes) {
  const std::lock_guard lock(mutex_);
  auto& known = family<T>().modes;
  const Key key{modes.size, modes.period, modes.quadrature, modes.frequency};
  if (const auto found = known.find(key); found != known.end()) return found->second;
  ModeTables<T> tables;
  for (const bool weighted : {false, true})
    for (std::size_t axis = 0; axis < 2; ++axis) tables.axis[weighted][axis] = make_axis<T>(modes, axis, weighted);
  const int n = modes.size[2];
  tables.last_points = n;
  tables.last_kept = static_cast<int>(modes.frequency[2].size());
  for (int weighted = 0; weighted < 2; ++weighted) {
    std::vector<Complex<T>> waves;
    waves.reserve(modes.frequency[2].size() * static_cast<std::size_t>(n));
    for (const int k : modes.frequency[2]) {
      const double c = weighted == 1 && k != 0 && 2 * k != modes.period[2] ? 2 : 1;
      for (int j = 0; j < n; ++j) {
        const double a = angle(k, j, modes.period[2]), w = c * point_weight(modes, 2, j, weighted == 1);
        waves.push_back({static_cast<T>(w * std::cos(a)), static_cast<T>(-w * std::sin(a))});
      }
    }
    tables.last[weighted] = upload(waves);
  }
  return known.emplace(key, tables).first->second;
}

const int* Tables::weight_index(const ModeSet& modes) {
  const std::lock_guard lock(mutex_);
  const auto found = weight_indices_.find(modes.weight_index);
  if (found != weight_indices_.end()) return found->second;
  return weight_indices_.emplace(modes.weight_index, upload(modes.weight_index)).first->second;
}

template <class T>
const Complex<T>* Tables::roots(int n) {
  const std::lock_guard lock(mutex_);
  auto& known = family<T>().roots;
  if (const auto found = known.find(n); found != known.end()) return found->second;
  std::vector<Complex<T>> roots;
  roots.reserve(static_cast<std::size_t>(n));
  for (int j = 0; j < n; ++j)
    roots.push_back({static_cast<T>(std::cos(angle(1, j, n))), static_cast<T>(-std::sin(angle(1, j, n)))});
  return known.emplace(n, upload(roots)).first->second;
}

template const ModeTables<float>& Tables::modes(const ModeSet&);
template const ModeTables<double>& Tables::modes(const ModeSet&);
template const Complex<float>* Tables::roots(int);
template const Complex<double>* Tables::roots(int);

}  // namespace fno::cuda::CU_TARGET
