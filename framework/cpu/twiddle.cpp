#include "framework/cpu/twiddle.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numbers>
#include <type_traits>

namespace fno::cpu {
namespace {

// 2π·k·j/n with the product reduced in integers first: exact to the last digit for every length.
double angle(int k, int j, int n) {
  const std::int64_t turn = ((std::int64_t{k} * j) % n + n) % n;
  return 2 * std::numbers::pi * static_cast<double>(turn) / n;
}

// The quadrature belongs to the unweighted pair: its analysis integrates, and its synthesis is the adjoint of that.
double point_weight(const ModeSet& modes, std::size_t axis, std::size_t point, bool weighted) {
  return weighted || modes.quadrature[axis].empty() ? 1 : modes.quadrature[axis][point];
}

template <class T>
AxisTable<T> make_axis(const ModeSet& modes, std::size_t axis, bool weighted) {
  const int points = modes.size[axis];
  const std::vector<int>& frequency = modes.frequency[axis];
  AxisTable<T> t;
  t.points = points;
  t.kept = static_cast<int>(frequency.size());
  std::vector<int> distinct;
  for (const int k : frequency) {
    auto at = std::ranges::find(distinct, std::abs(k));
    t.slot.push_back(static_cast<int>(at - distinct.begin()));
    t.sign.push_back(k < 0 ? -1 : 1);
    if (at == distinct.end()) distinct.push_back(std::abs(k));
  }
  t.distinct = static_cast<int>(distinct.size());
  const auto u = static_cast<std::size_t>(t.distinct), p = static_cast<std::size_t>(points);
  t.analysis.resize(2 * u * p);
  t.synthesis.resize(2 * u * p);
  for (std::size_t i = 0; i < u; ++i)
    for (std::size_t j = 0; j < p; ++j) {
      const double a = angle(distinct[i], static_cast<int>(j), modes.period[axis]);
      const double w = point_weight(modes, axis, j, weighted);
      t.analysis[i * p + j] = t.synthesis[j * 2 * u + i] = static_cast<T>(w * std::cos(a));
      t.analysis[(u + i) * p + j] = t.synthesis[j * 2 * u + u + i] = static_cast<T>(w * std::sin(a));
    }
  return t;
}

template <class T>
std::unique_ptr<SpectralTables<T>> make_tables(const ModeSet& modes) {
  auto t = std::make_unique<SpectralTables<T>>();
  for (const bool weighted : {false, true})
    for (std::size_t axis = 0; axis < 2; ++axis) t->axis[weighted][axis] = make_axis<T>(modes, axis, weighted);
  const int n = modes.size[2];
  const auto& frequency = modes.frequency[2];
  const std::size_t p = static_cast<std::size_t>(n), m = frequency.size();
  t->last_points = n;
  t->last_kept = static_cast<int>(m);
  for (int weighted = 0; weighted < 2; ++weighted) {
    auto& analysis = t->last_analysis[weighted];
    auto& synthesis = t->last_synthesis[weighted];
    analysis.resize(p * 2 * m);
    synthesis.resize(p * 2 * m);
    for (std::size_t k = 0; k < m; ++k) {
      const double c = weighted && frequency[k] != 0 && 2 * frequency[k] != modes.period[2] ? 2 : 1;
      for (std::size_t j = 0; j < p; ++j) {
        const double a = angle(frequency[k], static_cast<int>(j), modes.period[2]);
        const double w = c * point_weight(modes, 2, j, weighted != 0);
        analysis[j * 2 * m + k] = synthesis[k * p + j] = static_cast<T>(w * std::cos(a));
        analysis[j * 2 * m + m + k] = synthesis[(m + k) * p + j] = static_cast<T>(-w * std::sin(a));
      }
    }
  }
  return t;
}

}  // namespace

template <class T>
const SpectralTables<T>& TwiddleCache::get(const ModeSet& modes) {
  const std::lock_guard lock(mutex_);
  auto& cache = [this]() -> auto& {
    if constexpr (std::is_same_v<T, float>)
      return float_;
    else
      return double_;
  }
  ();
  auto& entry = cache[Key{modes.size, modes.period, modes.quadrature, modes.frequency}];
  if (!entry) entry = make_tables<T>(modes);
  return *entry;
}

template const SpectralTables<float>& TwiddleCache::get<float>(const ModeSet&);
template const SpectralTables<double>& TwiddleCache::get<double>(const ModeSet&);

}  // namespace fno::cpu
