#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "framework/kernels/spectral.h"

namespace fno::cpu {

/// One product of a transform along an axis: some rows of cosines or sines by the points that were folded for them.
struct FoldedProduct {
  int rows, row;         ///< how many, and the first among those of the axis
  int length, point;     ///< folded points, and the first of them among those of the axis
  std::ptrdiff_t table;  ///< where its (rows, length) begin in AxisTable::table
};

/// Sines and cosines of one axis of a ModeSet, counted from the middle of its points: points j and n-1-j then have the
/// same cosine and opposite sines, so sums over e = x[j] + x[n-1-j] and o = x[n-1-j] - x[j] do for half the products.
/// This holds for every period, since the step from the middle to point 0 is a factor of the coefficient. Frequencies
/// k and -k share their products, so rows run over the distinct |k|, and k = 0 has no sines.
///
/// If the period is the even number of points, the axis may be folded twice: points j and half-1-j lie about n/4 from
/// the middle, where cosines of even k are even and of odd k are odd, and sines the other way round. Sums and
/// differences of e and of o halve the products again; rows are those of even |k|, then those of odd |k|.
template <class T>
struct AxisTable {
  int points = 1, pairs = 0, half = 1;  ///< n, ⌊n/2⌋, ⌈n/2⌉: the middle of an odd n is no pair and has only cosines
  bool twice = false;
  int cosines = 1, sines = 0;           ///< rows
  std::vector<int> cosine_row;          ///< (kept) row of |k|
  std::vector<int> sine_row;            ///< (kept) row of |k| among all, -1 for k = 0
  std::vector<int> sign;                ///< (kept) +1 or -1
  std::vector<FoldedProduct> products;  ///< of cosines, then of sines, an order that their points stand in too
  std::vector<T> table;                 ///< of 2πk·(middle - j)/period
  std::vector<T> weights;               ///< (points) quadrature, empty for ones
  [[nodiscard]] int kept() const { return static_cast<int>(sign.size()); }
  [[nodiscard]] int rows() const { return cosines + sines; }
  [[nodiscard]] int quarter_pairs() const { return half / 2; }  ///< of an axis that is folded twice
  [[nodiscard]] bool is_trivial() const { return points == 1; }
};

/// Everything that a truncated transform multiplies by.
template <class T>
struct SpectralTables {
  AxisTable<T> axis[kGridAxes];
  /// The products of the last axis once more, as products along rows read them: columns, one for every frequency even
  /// where its sine is 0, in the order of `column` for cosines and for sines; (length, columns), and transposed.
  struct Last {
    int columns, column, length, point;
    std::vector<T> table, table_t;
  };
  std::vector<Last> last_cosines, last_sines;
  std::vector<int> column;  ///< (kept) of the last axis
  /// (n) for each kept mode exp(-iθ) from the middle of the grid to its first point; [weighted] times c(k).
  std::vector<T> factor_re[2], factor_im[2];
};

/// Tables by grid, period, quadrature and frequencies, made once (angles reduced exactly in integers, then double
/// precision).
class TwiddleCache {
 public:
  template <class T>
  const SpectralTables<T>& get(const ModeSet& modes);

 private:
  using Key = std::tuple<std::array<int, kGridAxes>, std::array<int, kGridAxes>,
                         std::array<std::vector<double>, kGridAxes>, std::array<std::vector<int>, kGridAxes>>;
  std::mutex mutex_;
  std::map<Key, std::unique_ptr<SpectralTables<float>>> float_;
  std::map<Key, std::unique_ptr<SpectralTables<double>>> double_;
};

}  // namespace fno::cpu
