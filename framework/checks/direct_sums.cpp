#include "framework/checks/direct_sums.h"

#include <cmath>
#include <numbers>

#include "framework/error.h"

namespace fno::checks {
namespace {

using Long = long double;

struct Turn {
  Long re, im;
  friend Turn operator*(Turn a, Turn b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
};

// exp(sign·2πi·k·p/period) of an axis for all k and p, in the order of the output and then of the input. The turn is
// reduced as an integer first, so that large k·p cost no digits.
std::vector<Turn> axis_table(const Waves& w, std::size_t axis, int sign, bool points_first) {
  const int period = w.period[axis];
  std::vector<Turn> turns;
  for (int j = 0; j < period; ++j) {
    const Long angle = 2 * std::numbers::pi_v<Long> * j / period;
    turns.push_back({std::cos(angle), sign * std::sin(angle)});
  }
  std::vector<int> points;
  for (int p = 0; p < w.size[axis]; ++p) points.push_back(p);
  const std::vector<int>&outer = points_first ? points : w.frequency[axis],
        &inner = points_first ? w.frequency[axis] : points;
  std::vector<Turn> table;
  for (const int a : outer)
    for (const int b : inner) {
      const std::int64_t rest = std::int64_t{a} * b % period;
      table.push_back(turns[static_cast<std::size_t>(rest < 0 ? rest + period : rest)]);
    }
  return table;
}

// Every number of the result is the sum of all numbers of `x`, each times the turns of its three axes.
ComplexValues sums(const Waves& w, const ComplexValues& x, int sign, bool to_points) {
  std::array<std::size_t, kGridAxes> out{}, in{};
  std::array<std::vector<Turn>, kGridAxes> table;
  for (std::size_t axis = 0; axis < kGridAxes; ++axis) {
    const auto points = static_cast<std::size_t>(w.size[axis]), modes = w.frequency[axis].size();
    out[axis] = to_points ? points : modes;
    in[axis] = to_points ? modes : points;
    table[axis] = axis_table(w, axis, sign, to_points);
  }
  require<ErrorKind::config>(x.size() == in[0] * in[1] * in[2], "direct sums: ", x.size(), " numbers, needed are ",
                             in[0] * in[1] * in[2]);
  ComplexValues result;
  for (std::size_t o0 = 0; o0 < out[0]; ++o0)
    for (std::size_t o1 = 0; o1 < out[1]; ++o1)
      for (std::size_t o2 = 0; o2 < out[2]; ++o2) {
        Turn total{0, 0};
        auto from = x.begin();
        for (std::size_t i0 = 0; i0 < in[0]; ++i0)
          for (std::size_t i1 = 0; i1 < in[1]; ++i1) {
            Turn line{0, 0};
            const Turn* turn = &table[2][o2 * in[2]];
            for (std::size_t i2 = 0; i2 < in[2]; ++i2, ++from, ++turn) {
              line.re += from->real() * turn->re - from->imag() * turn->im;
              line.im += from->real() * turn->im + from->imag() * turn->re;
            }
            const Turn part = table[0][o0 * in[0] + i0] * table[1][o1 * in[1] + i1] * line;
            total.re += part.re;
            total.im += part.im;
          }
        result.emplace_back(static_cast<double>(total.re), static_cast<double>(total.im));
      }
  return result;
}

}  // namespace

Waves all_waves(const std::array<int, kGridAxes>& size, bool half) {
  Waves waves{.size = size, .period = size};
  for (std::size_t axis = 0; axis < kGridAxes; ++axis) {
    waves.frequency[axis].clear();
    const int end = half && axis + 1 == kGridAxes ? size[axis] / 2 + 1 : size[axis];
    for (int k = 0; k < end; ++k) waves.frequency[axis].push_back(k);
  }
  return waves;
}

ComplexValues direct_analysis(const Waves& waves, const ComplexValues& x) { return sums(waves, x, -1, false); }

ComplexValues direct_synthesis(const Waves& waves, const ComplexValues& x_hat) { return sums(waves, x_hat, 1, true); }

}  // namespace fno::checks
