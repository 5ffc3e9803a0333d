#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

struct Case {
  const char* name;
  ModeSet modes;
  int batch, channels;
};

ModeSet mode_set(std::array<int, 3> size, std::array<std::vector<int>, 3> frequency) {
  ModeSet modes;
  modes.size = modes.period = size;
  modes.frequency = std::move(frequency);
  modes.weight_modes = modes.count();
  for (int m = 0; m < modes.count(); ++m) modes.weight_index.push_back(m);
  return modes;
}

// The same with a longer period and quadrature weights on each axis.
ModeSet integrating(ModeSet modes) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    modes.period[axis] += modes.size[axis] / 2;
    for (int i = 0; i < modes.size[axis]; ++i) modes.quadrature[axis].push_back(0.5 + 0.25 * ((i + 2) % 3));
  }
  return modes;
}

std::vector<int> range(int first, int last) {
  std::vector<int> values;
  for (int k = first; k < last; ++k) values.push_back(k);
  return values;
}

std::vector<Case> cases() {
  std::vector<Case> small{
      {"one point", mode_set({1, 1, 1}, {{{0}, {0}, {0}}}), 1, 1},
      {"1-D, odd, out of order", mode_set({1, 1, 7}, {{{0}, {0}, {3, 0, 1}}}), 2, 3},
      {"2-D, unpaired rows of both signs", mode_set({1, 5, 6}, {{{0}, {0, -1, 2, -2}, {0, 1, 3}}}), 1, 3},
      {"3-D", mode_set({3, 4, 4}, {{{0, 1, -1}, {-2, -1, 0, 1}, {0, 2}}}), 2, 1},
      {"longer period, quadrature", integrating(mode_set({2, 3, 4}, {{{0, 1}, {-1, 0, 1}, {0, 1, 3}}})), 2, 3}};
  if (slow_build()) return small;
  const std::vector<Case> large{
      {"1-D, more columns than a tile", mode_set({1, 1, 40}, {{{0}, {0}, range(0, 21)}}), 3, 50},
      {"1-D, sums in slices", mode_set({1, 1, 700}, {{{0}, {0}, range(0, 5)}}), 2, 60},
      {"2-D, sums in slices along rows", mode_set({1, 300, 3}, {{{0}, {0, -3, 7}, {0, 1}}}), 1, 2},
      {"2-D, centred", mode_set({1, 20, 18}, {{{0}, range(-9, 9), range(0, 10)}}), 2, 9},
      {"3-D, one leading axis only", mode_set({6, 1, 9}, {{{0, -2}, {0}, range(0, 5)}}), 3, 5},
      {"3-D, ragged tiles", mode_set({9, 10, 17}, {{range(-4, 4), range(-3, 3), range(0, 6)}}), 2, 3},
      {"aliases and a frequency twice", mode_set({1, 6, 5}, {{{0}, {1, -5, 1, 7}, {2, 1}}}), 2, 2}};
  small.insert(small.end(), large.begin(), large.end());
  return small;
}

// θ/2π reduced to one turn and c(k) of mode m at point p, straight from the contract.
struct Wave {
  double cosine, sine, weight;
};
Wave wave(const ModeSet& modes, int m, int p, bool weighted) {
  const auto& f = modes.frequency;
  const auto n1 = static_cast<int>(f[1].size()), n2 = static_cast<int>(f[2].size());
  const int k[3] = {f[0][static_cast<std::size_t>(m / n2 / n1)], f[1][static_cast<std::size_t>(m / n2 % n1)],
                    f[2][static_cast<std::size_t>(m % n2)]};
  const int at[3] = {p / modes.size[2] / modes.size[1], p / modes.size[2] % modes.size[1], p % modes.size[2]};
  double turns = 0;
  for (std::size_t a = 0; a < 3; ++a) turns += k[a] * at[a] % modes.period[a] / static_cast<double>(modes.period[a]);
  const double theta = 2 * std::numbers::pi * turns;
  double weight = weighted && k[2] != 0 && 2 * k[2] != modes.period[2] ? 2 : 1;
  for (std::size_t a = 0; a < 3 && !weighted; ++a)
    if (!modes.quadrature[a].empty()) weight *= modes.quadrature[a][static_cast<std::size_t>(at[a])];
  return {std::cos(theta), std::sin(theta), weight};
}

template <class T>
void analyse(const Case& one, bool weighted, T scale) {
  const ModeSet& modes = one.modes;
  const int planes = one.batch * one.channels, points = static_cast<int>(modes.points());
  const auto x_values = noise<T>(static_cast<std::size_t>(planes * points), 1);
  std::vector<double> oracle;
  for (int m = 0; m < modes.count(); ++m) {
    std::vector<double> sums(static_cast<std::size_t>(2 * planes));
    for (int p = 0; p < points; ++p) {
      const Wave w = wave(modes, m, p, weighted);
      for (int plane = 0; plane < planes; ++plane) {
        const double term = x_values[static_cast<std::size_t>(plane * points + p)] * w.weight * scale;
        sums[static_cast<std::size_t>(2 * plane)] += w.cosine * term;
        sums[static_cast<std::size_t>(2 * plane + 1)] -= w.sine * term;
      }
    }
    oracle.insert(oracle.end(), sums.begin(), sums.end());
  }
  expect_parity<T>(
      std::string("analyse ") + one.name + (weighted ? ", weighted" : ""),
      [&](auto& place) {
        auto x = place.array(x_values);
        auto x_hat = place.template room<Complex<T>>(static_cast<std::size_t>(modes.count() * planes));
        place.run(Analyse<T>{&modes, x.data(), x_hat.data(), one.batch, one.channels, scale, weighted});
        return x_hat.to_host();
      },
      oracle);
}

template <class T>
void synthesise(const Case& one, bool weighted, bool accumulate, T scale) {
  const ModeSet& modes = one.modes;
  const int planes = one.batch * one.channels, points = static_cast<int>(modes.points());
  const auto y_hat_values = complex_noise<T>(static_cast<std::size_t>(modes.count() * planes), 2);
  const auto before = noise<T>(static_cast<std::size_t>(planes * points), 3);
  std::vector<double> oracle(before.size());
  if (accumulate) oracle = reals(before);
  for (int m = 0; m < modes.count(); ++m)
    for (int p = 0; p < points; ++p) {
      const Wave w = wave(modes, m, p, weighted);
      for (int plane = 0; plane < planes; ++plane) {
        const Complex<T> y = y_hat_values[static_cast<std::size_t>(m * planes + plane)];
        oracle[static_cast<std::size_t>(plane * points + p)] += scale * w.weight * (w.cosine * y.re - w.sine * y.im);
      }
    }
  expect_parity<T>(
      std::string("synthesise ") + one.name + (weighted ? ", weighted" : "") + (accumulate ? ", accumulated" : ""),
      [&](auto& place) {
        auto y_hat = place.array(y_hat_values);
        auto y = accumulate ? place.array(before) : place.template room<T>(before.size());
        place.run(Synthesise<T>{&modes, y_hat.data(), y.data(), one.batch, one.channels, scale, weighted, accumulate});
        return y.to_host();
      },
      oracle);
}

// Oracle: the sums of the contract in double, term by term, and the CPU backend.
TEST(CudaSpectral, AnalyseIsTheSumOfItsContract) {
  for (const Case& one : cases())
    for (const bool weighted : {false, true}) {
      analyse<float>(one, weighted, 0.5f);
      analyse<double>(one, weighted, weighted ? 1.0 : 0.25);
      if (HasFatalFailure()) return;
    }
}

TEST(CudaSpectral, SynthesiseIsTheSumOfItsContract) {
  for (const Case& one : cases())
    for (const bool weighted : {false, true}) {
      synthesise<float>(one, weighted, !weighted, 0.5f);
      synthesise<double>(one, weighted, weighted, 0.25);
      if (HasFatalFailure()) return;
    }
}

// One job in several shapes after another: tables of one must not serve another.
TEST(CudaSpectral, TablesAreToldApartByTheirContents) {
  OnCpu cpu;
  OnCuda device;
  const auto run = [](auto& place, const ModeSet& modes) {
    auto x = place.array(noise<double>(48, 4));
    auto x_hat = place.template room<Complex<double>>(static_cast<std::size_t>(modes.count()));
    place.run(Analyse<double>{&modes, x.data(), x_hat.data(), 1, 1, 1.0, false});
    return reals(x_hat.to_host());
  };
  for (int turn = 0; turn < 2; ++turn)
    for (const ModeSet& modes :
         {mode_set({1, 6, 8}, {{{0}, {0, 1}, {0, 1}}}), mode_set({1, 8, 6}, {{{0}, {0, 1}, {0, 1}}}),
          mode_set({1, 6, 8}, {{{0}, {0, -1}, {0, 1}}}), mode_set({1, 6, 8}, {{{0}, {0, 1}, {0, 2}}}),
          integrating(mode_set({1, 6, 8}, {{{0}, {0, 1}, {0, 1}}}))})
      expect_close(run(device, modes), run(cpu, modes), 1e-12);
}

}  // namespace
}  // namespace fno::cuda_test
