#include "framework/cpu/twiddle.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numbers>
#include <type_traits>

namespace fno::cpu {
namespace {

// π·k·j/n with the product reduced in integers first: exact to the last digit for every length. `j` counts half steps.
double angle(int k, int j, int n) {
  const std::int64_t turn =
      ((std::int64_t{k} * j) % (2 * std::int64_t{n}) + 2 * std::int64_t{n}) % (2 * std::int64_t{n});
  return std::numbers::pi * static_cast<double>(turn) / n;
}

template <class T>
AxisTable<T> make_axis(const ModeSet& modes, std::size_t axis) {
  AxisTable<T> t;
  t.points = modes.size[axis];
  t.pairs = t.points / 2;
  t.half = t.points - t.pairs;
  std::vector<int> cosine, sine;  // distinct |k|
  const auto row_of = [](std::vector<int>& rows, int k) {
    const auto at = std::ranges::find(rows, k);
    const int row = static_cast<int>(at - rows.begin());
    if (at == rows.end()) rows.push_back(k);
    return row;
  };
  for (const int k : modes.frequency[axis]) {
    t.cosine_row.push_back(row_of(cosine, std::abs(k)));
    t.sine_row.push_back(k == 0 ? -1 : row_of(sine, std::abs(k)));
    t.sign.push_back(k < 0 ? -1 : 1);
  }
  t.cosines = static_cast<int>(cosine.size());
  t.sines = static_cast<int>(sine.size());
  for (int& row : t.sine_row) row += row < 0 ? 0 : t.cosines;
  for (const int k : cosine)
    for (int j = 0; j < t.half; ++j)
      t.table.push_back(static_cast<T>(std::cos(angle(k, t.points - 1 - 2 * j, modes.period[axis]))));
  for (const int k : sine)
    for (int j = 0; j < t.half; ++j)
      t.table.push_back(static_cast<T>(std::sin(angle(k, t.points - 1 - 2 * j, modes.period[axis]))));
  t.weights.assign(modes.quadrature[axis].begin(), modes.quadrature[axis].end());
  return t;
}

// (kept, length) of the rows that belong to the kept frequencies, and its transpose; no row gives zeros.
template <class T>
void last_tables(const AxisTable<T>& axis, const std::vector<int>& row, int length, std::vector<T>& table_t,
                 std::vector<T>& table) {
  const auto kept = row.size(), n = static_cast<std::size_t>(length);
  table_t.resize(kept * n);
  table.resize(kept * n);
  for (std::size_t k = 0; k < kept; ++k)
    for (std::size_t j = 0; j < n; ++j)
      table[j * kept + k] = table_t[k * n + j] =
          row[k] < 0 ? T(0) : axis.table[static_cast<std::size_t>(row[k]) * static_cast<std::size_t>(axis.half) + j];
}

template <class T>
std::unique_ptr<SpectralTables<T>> make_tables(const ModeSet& modes) {
  auto t = std::make_unique<SpectralTables<T>>();
  for (std::size_t axis = 0; axis < kGridAxes; ++axis) t->axis[axis] = make_axis<T>(modes, axis);
  const AxisTable<T>& last = t->axis[2];
  last_tables(last, last.cosine_row, last.half, t->last_cosines_t, t->last_cosines);
  last_tables(last, last.sine_row, last.pairs, t->last_sines_t, t->last_sines);
  for (const int k0 : modes.frequency[0])
    for (const int k1 : modes.frequency[1])
      for (const int k2 : modes.frequency[2]) {
        const double theta = angle(k0, modes.size[0] - 1, modes.period[0]) +
                             angle(k1, modes.size[1] - 1, modes.period[1]) +
                             angle(k2, modes.size[2] - 1, modes.period[2]);
        const double c = k2 != 0 && 2 * k2 != modes.period[2] ? 2 : 1;
        for (const bool weighted : {false, true}) {
          t->factor_re[weighted].push_back(static_cast<T>((weighted ? c : 1) * std::cos(theta)));
          t->factor_im[weighted].push_back(static_cast<T>((weighted ? c : 1) * -std::sin(theta)));
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
