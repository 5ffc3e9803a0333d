#pragma once

#include <cmath>
#include <complex>
#include <numbers>
#include <string>
#include <vector>

#include "framework/tensor/random.h"
#include "tools/files/npz.h"
#include "tools/tasks/ptychography/measurement.h"
#include "tools/tasks/ptychography/probe.h"

namespace fno::ptychography {

/// A scan as somebody measures it: no labels, no raster.
struct SmallScan {
  int N = 16;
  ComplexImage object;                     ///< (40, 48)
  std::vector<std::complex<float>> probe;  ///< (N, N)
  Positions positions;
  std::vector<float> amplitudes;  ///< (n, N, N)

  [[nodiscard]] std::int64_t n() const { return static_cast<std::int64_t>(positions.x.size()); }

  /// The object under pattern i: positions are whole numbers or the object is taken between its pixels.
  [[nodiscard]] std::complex<double> seen(std::size_t i, int r, int c) const {
    const double y = positions.y[i] - N / 2 + r, x = positions.x[i] - N / 2 + c;
    const int r0 = static_cast<int>(std::floor(y)), c0 = static_cast<int>(std::floor(x));
    std::complex<double> value = 0;
    for (const int dr : {0, 1})
      for (const int dc : {0, 1}) {
        const double w = (1 - std::abs(y - (r0 + dr))) * (1 - std::abs(x - (c0 + dc)));
        if (w > 0) value += w * std::complex<double>(object.at(r0 + dr, c0 + dc));
      }
    return value;
  }
};

/// |Σ field exp(-2πi …)| / N with frequency 0 in the middle, term by term.
inline std::vector<float> plain_far_field(const std::vector<std::complex<double>>& field, int N) {
  std::vector<std::complex<double>> rows(field.size());
  std::vector<float> out(field.size());
  const auto at = [N](int r, int c) { return static_cast<std::size_t>(r * N + c); };
  const auto wave = [N](int k) { return std::polar(1.0, -2 * std::numbers::pi * k / N); };
  for (int r = 0; r < N; ++r)
    for (int k = 0; k < N; ++k)
      for (int c = 0; c < N; ++c) rows[at(r, k)] += field[at(r, c)] * wave(k * c % N);
  for (int j = 0; j < N; ++j)
    for (int k = 0; k < N; ++k) {
      std::complex<double> sum = 0;
      for (int r = 0; r < N; ++r) sum += rows[at(r, k)] * wave(j * r % N);
      out[at((j + N / 2) % N, (k + N / 2) % N)] = static_cast<float>(std::abs(sum) / N);
    }
  return out;
}

inline SmallScan small_scan(int n = 40, bool whole = true) {
  SmallScan scan;
  scan.object = filled_image(40, 48, std::complex<float>());
  for (int r = 0; r < scan.object.rows; ++r)
    for (int c = 0; c < scan.object.cols; ++c)
      scan.object.at(r, c) = std::complex<float>(std::polar(1 + 0.3 * std::sin(0.9 * r) * std::cos(0.5 * c + 0.2 * r),
                                                            0.6 * std::sin(0.35 * c + 0.1 * r * r / 10)));
  for (const Complex p : analytic_probe(scan.N)) scan.probe.emplace_back(p);
  Random random(5, 0);
  for (int i = 0; i < n; ++i) {
    scan.positions.x.push_back(8 + 31 * random.uniform53());
    scan.positions.y.push_back(8 + 23 * random.uniform53());
    if (!whole) continue;
    scan.positions.x.back() = std::floor(scan.positions.x.back());
    scan.positions.y.back() = std::floor(scan.positions.y.back());
  }
  for (std::size_t i = 0; i < scan.positions.x.size(); ++i) {
    std::vector<std::complex<double>> field;
    for (int r = 0; r < scan.N; ++r)
      for (int c = 0; c < scan.N; ++c)
        field.push_back(scan.seen(i, r, c) *
                        std::complex<double>(scan.probe[static_cast<std::size_t>(r * scan.N + c)]));
    for (const float v : plain_far_field(field, scan.N)) scan.amplitudes.push_back(v);
  }
  return scan;
}

/// The arrays of its file by their public names; the object only if asked for.
inline std::vector<NamedArray> scan_arrays(const SmallScan& scan, bool truth = false) {
  std::vector<NamedArray> arrays{{"diffraction", make_host_array(scan.amplitudes, {scan.n(), scan.N, scan.N})},
                                 {"probeGuess", make_host_array(scan.probe, {scan.N, scan.N})},
                                 {"xcoords", make_host_array(scan.positions.x, {scan.n()})},
                                 {"ycoords", make_host_array(scan.positions.y, {scan.n()})}};
  if (truth)
    arrays.push_back({"objectGuess", make_host_array(scan.object.values, {scan.object.rows, scan.object.cols})});
  return arrays;
}

/// Numbers of another type, each made by `of`.
template <class T, class From, class Of>
std::vector<T> each(const std::vector<From>& values, const Of& of) {
  std::vector<T> out;
  for (const From v : values) out.push_back(static_cast<T>(of(v)));
  return out;
}

}  // namespace fno::ptychography
