#include "tools/commands/verify/transforms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "framework/checks/direct_sums.h"
#include "framework/checks/values.h"
#include "framework/ops/fourier.h"
#include "framework/ops/spectral.h"

namespace fno::verify {
namespace {

using checks::ComplexValues, checks::Waves;
using Grid = std::vector<int>;

constexpr int kLargest = 256;

Tensor analysed(const ModeSet& modes, const Tensor& x, bool weighted) {
  const auto batch = static_cast<int>(x.shape(0)), channels = static_cast<int>(x.shape(1));
  Tensor x_hat({modes.count(), batch, channels}, complex_of(x.dtype()), x.device());
  with_real(x.dtype(), [&]<class T>(T) {
    x.device().run(Analyse<T>{.modes = &modes,
                              .x = x.data<T>(),
                              .x_hat = x_hat.data<Complex<T>>(),
                              .batch = batch,
                              .channels = channels,
                              .scale = 1,
                              .weighted = weighted});
  });
  return x_hat;
}

Tensor synthesised(const ModeSet& modes, const Tensor& x_hat, bool weighted) {
  const auto batch = static_cast<int>(x_hat.shape(1)), channels = static_cast<int>(x_hat.shape(2));
  Tensor y({batch, channels, modes.size[0], modes.size[1], modes.size[2]}, real_of(x_hat.dtype()), x_hat.device());
  with_real(x_hat.dtype(), [&]<class T>(T) {
    x_hat.device().run(Synthesise<T>{.modes = &modes,
                                     .y_hat = x_hat.data<Complex<T>>(),
                                     .y = y.data<T>(),
                                     .batch = batch,
                                     .channels = channels,
                                     .scale = 1,
                                     .weighted = weighted,
                                     .accumulate = false});
  });
  return y;
}

ComplexValues numbers(const std::vector<double>& pairs) {
  ComplexValues result;
  for (std::size_t i = 0; i < pairs.size(); i += 2) result.emplace_back(pairs[i], pairs[i + 1]);
  return result;
}

std::vector<double> pairs_of(const ComplexValues& values, double scale = 1) {
  std::vector<double> result;
  for (const std::complex<double>& v : values) {
    result.push_back(scale * v.real());
    result.push_back(scale * v.imag());
  }
  return result;
}

std::vector<double> reals_of(const ComplexValues& values, double scale = 1) {
  std::vector<double> result;
  for (const std::complex<double>& v : values) result.push_back(scale * v.real());
  return result;
}

// c(k) of column k of a half spectrum: how many columns of the full one it stands for.
double columns_of(int k, int n) { return k == 0 || 2 * k == n ? 1 : 2; }

std::array<int, kGridAxes> padded(const Grid& grid) {
  std::array<int, kGridAxes> size{1, 1, 1};
  std::ranges::copy(grid, size.end() - std::ssize(grid));
  return size;
}

Shape shape_of(std::int64_t batch, std::int64_t channels, const Grid& grid) {
  Shape shape{batch, channels};
  for (const int n : grid) shape.push_back(n);
  return shape;
}

std::string text(const Grid& grid) { return fmt::format("{}", fmt::join(grid, " x ")); }

// Every 1-D size, then some of two and three axes.
std::vector<Grid> full_grids() {
  std::vector<Grid> grids;
  for (int n = 1; n <= kLargest; ++n) grids.push_back({n});
  for (const Grid& grid : {Grid{1, 9},
                           {9, 1},
                           {2, 2},
                           {5, 8},
                           {8, 6},
                           {11, 16},
                           {17, 13},
                           {31, 12},
                           {32, 33},
                           {48, 20},
                           {2, 3, 4},
                           {3, 2, 5},
                           {4, 5, 6},
                           {8, 8, 8},
                           {7, 9, 11},
                           {5, 16, 10}})
    grids.push_back(grid);
  return grids;
}

struct Truncation {
  ModeConvention convention;
  Grid grid;
  int modes;
  double padding = 0;
  bool ends = false;
};

std::vector<Truncation> truncations() {
  using enum ModeConvention;
  std::vector<Truncation> all;
  for (int n = 1; n <= kLargest; ++n) all.push_back({corner, {n}, std::min(n / 2 + 1, 12)});
  for (int n = 23; n <= 64; ++n) all.push_back({corner, {n}, n / 2 + 1});
  for (const Truncation& t : std::vector<Truncation>{{classic, {1, 8}, 1},         {classic, {8, 8}, 4},
                                                     {classic, {9, 7}, 4},         {classic, {12, 10}, 3},
                                                     {classic, {32, 32}, 12},      {classic, {64, 64}, 12},
                                                     {classic, {85, 85}, 8},       {classic, {66, 128}, 8},
                                                     {classic, {20, 24}, 6, 0.25}, {classic, {65, 33}, 5, 0.0, true},
                                                     {classic, {6, 4, 5}, 2},      {classic, {16, 16, 16}, 4},
                                                     {classic, {64, 5, 66}, 2},    {corner, {5, 16}, 6},
                                                     {corner, {8, 8}, 12},         {corner, {64, 70}, 9},
                                                     {corner, {3, 4, 5}, 2},       {corner, {12, 10, 8}, 3, 0.5},
                                                     {centered, {9}, 4},           {centered, {8, 8}, 5},
                                                     {centered, {13, 5}, 3},       {centered, {64, 48}, 12},
                                                     {centered, {100, 31}, 7},     {centered, {5, 3, 4}, 6},
                                                     {centered, {10, 12, 14}, 4}})
    all.push_back(t);
  return all;
}

// A number for each point, or for each mode, made of one an axis.
template <class Factor>
std::vector<double> factors(const std::array<std::size_t, kGridAxes>& extent, const Factor& factor) {
  std::vector<double> all;
  for (std::size_t a = 0; a < extent[0]; ++a)
    for (std::size_t b = 0; b < extent[1]; ++b)
      for (std::size_t c = 0; c < extent[2]; ++c) all.push_back(factor(a, b, c));
  return all;
}

}  // namespace

Transforms framework_transforms() {
  return {.fft = [](const Tensor& x) { return fno::fft(Var(x)).value(); },
          .ifft = [](const Tensor& x) { return fno::ifft(Var(x)).value(); },
          .rfft = [](const Tensor& x) { return fno::rfft(Var(x)).value(); },
          .irfft = [](const Tensor& x, int last) { return fno::irfft(Var(x), last).value(); },
          .analyse = analysed,
          .synthesise = synthesised};
}

Finding check_full_transforms(const Transforms& under_test, const Device& device, Dtype real, std::uint64_t seed) {
  Random random(seed, 1);
  Worst worst;
  const Dtype complex = complex_of(real);
  for (const Grid& grid : full_grids()) {
    const Waves full = checks::all_waves(padded(grid), false), half = checks::all_waves(padded(grid), true);
    double points = 1;
    for (const int n : grid) points *= n;
    const double bound = 6.7 * checks::unit_roundoff(real) * std::log2(2 * points);
    const auto hold = [&](const char* name, const Tensor& found, const std::vector<double>& expected) {
      worst.add(checks::relative_error(checks::host_values(found), expected), bound,
                fmt::format("{} of {}", name, text(grid)));
    };
    Grid columns = grid;
    columns.back() = grid.back() / 2 + 1;
    const Tensor z = checks::normal_tensor(random, shape_of(1, 1, grid), complex, device);
    const Tensor x = checks::normal_tensor(random, shape_of(1, 1, grid), real, device);
    const Tensor h = checks::normal_tensor(random, shape_of(1, 1, columns), complex, device);
    const ComplexValues zv = numbers(checks::host_values(z));
    hold("fft", under_test.fft(z), pairs_of(checks::direct_analysis(full, zv)));
    hold("ifft", under_test.ifft(z), pairs_of(checks::direct_synthesis(full, zv), 1 / points));
    const std::vector<double> xv = checks::host_values(x);
    hold("rfft", under_test.rfft(x), pairs_of(checks::direct_analysis(half, {xv.begin(), xv.end()})));
    ComplexValues hv = numbers(checks::host_values(h));
    for (std::size_t i = 0; i < hv.size(); ++i)
      hv[i] *= columns_of(static_cast<int>(i % static_cast<std::size_t>(columns.back())), grid.back());
    hold("irfft", under_test.irfft(h, grid.back()), reals_of(checks::direct_synthesis(half, hv), 1 / points));
  }
  return worst.finding("transforms", fmt::format("fft, ifft, rfft, irfft: sizes 1 to {}, 2-D, 3-D", kLargest));
}

Finding check_truncated_transforms(const Transforms& under_test, const Device& device, Dtype real, std::uint64_t seed) {
  Random random(seed, 2);
  Worst worst;
  for (const Truncation& t : truncations()) {
    const auto modes = make_modes(t.convention, t.grid, t.modes, t.padding, t.ends);
    const ModeSet& m = *modes;
    const Waves waves{.size = m.size, .period = m.period, .frequency = m.frequency};
    const auto points = static_cast<std::size_t>(m.points()), count = static_cast<std::size_t>(m.count());
    double bound = 1;
    for (const int n : t.grid) bound += std::sqrt(n);
    bound *= 4 * checks::unit_roundoff(real);
    const auto extent = [&](const auto& of_axis) {
      return std::array<std::size_t, kGridAxes>{of_axis(0), of_axis(1), of_axis(2)};
    };
    const std::vector<double> quadrature =
        factors(extent([&](std::size_t axis) { return static_cast<std::size_t>(m.size[axis]); }),
                [&](std::size_t a, std::size_t b, std::size_t c) {
                  const auto w = [&](std::size_t axis, std::size_t p) {
                    return m.quadrature[axis].empty() ? 1.0 : m.quadrature[axis][p];
                  };
                  return w(0, a) * w(1, b) * w(2, c);
                });
    const std::vector<double> columns =
        factors(extent([&](std::size_t axis) { return m.frequency[axis].size(); }),
                [&](std::size_t, std::size_t, std::size_t c) { return columns_of(m.frequency[2][c], m.period[2]); });

    constexpr std::size_t kChannels = 3;  // planes, of which kernels take several at once
    const Tensor x = checks::normal_tensor(random, {1, kChannels, m.size[0], m.size[1], m.size[2]}, real, device);
    const Tensor x_hat = checks::normal_tensor(random, {m.count(), 1, kChannels}, complex_of(real), device);
    const std::vector<double> xv = checks::host_values(x);
    const ComplexValues cv = numbers(checks::host_values(x_hat));
    for (const bool weighted : {false, true}) {
      ComplexValues coefficients(count * kChannels);
      std::vector<double> field;
      for (std::size_t channel = 0; channel < kChannels; ++channel) {
        ComplexValues plane(points), kept(count);
        for (std::size_t p = 0; p < points; ++p) plane[p] = xv[channel * points + p] * (weighted ? 1.0 : quadrature[p]);
        const ComplexValues sums = checks::direct_analysis(waves, plane);
        for (std::size_t k = 0; k < count; ++k) {
          coefficients[k * kChannels + channel] = sums[k] * (weighted ? columns[k] : 1.0);
          kept[k] = cv[k * kChannels + channel] * (weighted ? columns[k] : 1.0);
        }
        std::vector<double> values = reals_of(checks::direct_synthesis(waves, kept));
        for (std::size_t p = 0; p < points; ++p) field.push_back(values[p] * (weighted ? 1.0 : quadrature[p]));
      }
      const auto hold = [&](const char* name, const Tensor& found, const std::vector<double>& expected) {
        worst.add(checks::relative_error(checks::host_values(found), expected), bound,
                  fmt::format("{} of {}, {} modes ({})", name, text(t.grid), t.modes, name_of(t.convention)));
      };
      hold("analysis", under_test.analyse(m, x, weighted), pairs_of(coefficients));
      hold("synthesis", under_test.synthesise(m, x_hat, weighted), field);
    }
  }
  return worst.finding("transforms", fmt::format("kept modes of Fourier layers: sizes 1 to {}, 2-D, 3-D", kLargest));
}

}  // namespace fno::verify
