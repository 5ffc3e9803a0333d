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

// A shorter axis would leave the vectors of its quarters empty, or its products too short for what a tile costs.
constexpr int kShortestFoldedTwice = 64;

template <class T>
AxisTable<T> make_axis(const ModeSet& modes, std::size_t axis) {
  AxisTable<T> t;
  t.points = modes.size[axis];
  t.pairs = t.points / 2;
  t.half = t.points - t.pairs;
  t.twice = modes.folds_twice(axis) && t.points >= kShortestFoldedTwice;
  std::vector<int> all;  // distinct |k|
  for (const int k : modes.frequency[axis])
    if (std::ranges::find(all, std::abs(k)) == all.end()) all.push_back(std::abs(k));
  if (t.twice) std::stable_partition(all.begin(), all.end(), [](int k) { return k % 2 == 0; });
  std::vector<int> sine = all;
  std::erase(sine, 0);
  t.cosines = static_cast<int>(all.size());
  t.sines = static_cast<int>(sine.size());
  for (const int k : modes.frequency[axis]) {
    const auto row = [k](const std::vector<int>& rows) {
      return static_cast<int>(std::ranges::find(rows, std::abs(k)) - rows.begin());
    };
    t.cosine_row.push_back(row(all));
    t.sine_row.push_back(k == 0 ? -1 : t.cosines + row(sine));
    t.sign.push_back(k < 0 ? -1 : 1);
  }
  int row = 0, point = 0;
  const auto product = [&](const std::vector<int>& rows, int from, int to, int length, double (*wave)(double)) {
    t.products.push_back({to - from, row, length, point, static_cast<std::ptrdiff_t>(t.table.size())});
    for (int r = from; r < to; ++r)
      for (int j = 0; j < length; ++j)
        t.table.push_back(
            static_cast<T>(wave(angle(rows[static_cast<std::size_t>(r)], t.points - 1 - 2 * j, modes.period[axis]))));
    row += to - from;
    point += length;
  };
  const auto cosine = [](double x) { return std::cos(x); };
  const auto sine_of = [](double x) { return std::sin(x); };
  if (t.twice) {
    const int pairs = t.quarter_pairs(), quarter = t.half - pairs;
    const auto is_even = [](int k) { return k % 2 == 0; };
    const int even_cosines = static_cast<int>(std::ranges::count_if(all, is_even));
    const int even_sines = static_cast<int>(std::ranges::count_if(sine, is_even));
    product(all, 0, even_cosines, quarter, cosine);
    product(all, even_cosines, t.cosines, pairs, cosine);
    product(sine, 0, even_sines, pairs, sine_of);
    product(sine, even_sines, t.sines, quarter, sine_of);
  } else {
    product(all, 0, t.cosines, t.half, cosine);
    product(sine, 0, t.sines, t.pairs, sine_of);
  }
  t.weights.assign(modes.quadrature[axis].begin(), modes.quadrature[axis].end());
  return t;
}

// The products of the last axis along rows, of cosines or of sines: a column for each row of cosines.
template <class T>
std::vector<typename SpectralTables<T>::Last> last_products(const AxisTable<T>& axis, bool of_sines) {
  std::vector<typename SpectralTables<T>::Last> all;
  const std::size_t count = axis.products.size() / 2;
  for (std::size_t i = 0; i < count; ++i) {
    const FoldedProduct &cosines = axis.products[i], &p = of_sines ? axis.products[count + i] : cosines;
    typename SpectralTables<T>::Last last{cosines.rows, cosines.row, p.length, p.point, {}, {}};
    const auto columns = static_cast<std::size_t>(last.columns), length = static_cast<std::size_t>(last.length);
    last.table.resize(length * columns);
    last.table_t.resize(length * columns);
    for (std::size_t k = 0; k < axis.sign.size(); ++k) {
      const int column = axis.cosine_row[k] - cosines.row,
                row = (of_sines ? axis.sine_row : axis.cosine_row)[k] - p.row;
      if (column < 0 || column >= last.columns || row < 0 || row >= p.rows) continue;
      for (std::size_t j = 0; j < length; ++j)
        last.table[j * columns + static_cast<std::size_t>(column)] =
            last.table_t[static_cast<std::size_t>(column) * length + j] =
                axis.table[static_cast<std::size_t>(p.table) + static_cast<std::size_t>(row) * length + j];
    }
    all.push_back(std::move(last));
  }
  return all;
}

template <class T>
std::unique_ptr<SpectralTables<T>> make_tables(const ModeSet& modes) {
  auto t = std::make_unique<SpectralTables<T>>();
  for (std::size_t axis = 0; axis < kGridAxes; ++axis) t->axis[axis] = make_axis<T>(modes, axis);
  const AxisTable<T>& last = t->axis[2];
  t->last_cosines = last_products(last, false);
  t->last_sines = last_products(last, true);
  t->column = last.cosine_row;
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
