#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "framework/kernels/spectral.h"

namespace fno::cpu {

/// Sines and cosines of one axis of a ModeSet. Frequencies k and -k share their products, so tables run over the
/// distinct |k|; `slot` and `sign` say where a kept frequency finds its own.
template <class T>
struct AxisTable {
  int points = 1, distinct = 1, kept = 1;
  std::vector<int> slot;     // (kept) index of |k|
  std::vector<int> sign;     // (kept) +1 or -1
  std::vector<T> analysis;   // (2·distinct, points): cos rows, then sin rows
  std::vector<T> synthesis;  // (points, 2·distinct): cos columns, then sin columns
};

/// Tables of a truncated transform. The last axis is real on one side:
/// rows of x (points) times `last_analysis` (points, 2·kept) give [Re | Im]; [Re | Im] times `last_synthesis`
/// (2·kept, points) gives rows of y. The weighted forms carry c(k) = 1, 2, …, the others the quadrature.
template <class T>
struct SpectralTables {
  int last_points = 1, last_kept = 1;
  std::vector<T> last_analysis[2];   // [weighted]
  std::vector<T> last_synthesis[2];  // [weighted]
  AxisTable<T> axis[2][2];           // [weighted] the two leading axes
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
