#include <complex>
#include <random>

#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

using Number = std::complex<double>;

struct Case {
  int batch, in, out, modes, rows;  // rows of the weights, at least as many as modes
};

std::vector<Case> cases() {
  if (slow_build()) return {{1, 1, 1, 1, 1}, {3, 2, 34, 2, 3}};
  return {{1, 1, 1, 1, 1}, {2, 3, 5, 7, 9}, {17, 9, 33, 2, 2}, {5, 65, 16, 3, 4}, {20, 20, 20, 4, 4}};
}

// Modes whose weights lie in shuffled rows, some rows unused.
ModeSet mode_set(const Case& one) {
  ModeSet modes;
  modes.size = {1, 1, 2 * one.modes};
  modes.frequency[2].clear();
  for (int m = 0; m < one.modes; ++m) modes.frequency[2].push_back(m);
  for (int row = 0; row < one.rows; ++row) modes.weight_index.push_back(row);
  std::shuffle(modes.weight_index.begin(), modes.weight_index.end(), std::mt19937(7));
  modes.weight_index.resize(static_cast<std::size_t>(one.modes));
  modes.weight_modes = one.rows;
  return modes;
}

template <class T>
std::size_t size_of(T a, T b, T c) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c);
}

template <class T>
Number at(const std::vector<Complex<T>>& values, int index) {
  const Complex<T> value = values[static_cast<std::size_t>(index)];
  return {value.re, value.im};
}

std::vector<double> reals(const std::vector<Number>& values) {
  std::vector<double> parts;
  for (const Number& value : values) parts.push_back(value.real()), parts.push_back(value.imag());
  return parts;
}

template <class T>
void all_three(const Case& c) {
  const ModeSet modes = mode_set(c);
  const auto x_values = complex_noise<T>(size_of(c.modes, c.batch, c.in), 1);
  const auto dy_values = complex_noise<T>(size_of(c.modes, c.batch, c.out), 2);
  const auto w_values = complex_noise<T>(size_of(c.rows, c.in, c.out), 3);
  std::vector<Number> y(dy_values.size()), dx(x_values.size()), dw(w_values.size());
  for (int m = 0; m < c.modes; ++m)
    for (int b = 0; b < c.batch; ++b)
      for (int i = 0; i < c.in; ++i)
        for (int o = 0; o < c.out; ++o) {
          const int row = modes.weight_index[static_cast<std::size_t>(m)];
          const int at_x = (m * c.batch + b) * c.in + i, at_y = (m * c.batch + b) * c.out + o;
          const int at_w = (row * c.in + i) * c.out + o;
          y[static_cast<std::size_t>(at_y)] += at(x_values, at_x) * at(w_values, at_w);
          dx[static_cast<std::size_t>(at_x)] += at(dy_values, at_y) * std::conj(at(w_values, at_w));
          dw[static_cast<std::size_t>(at_w)] += std::conj(at(x_values, at_x)) * at(dy_values, at_y);
        }
  const std::string name = std::to_string(c.batch) + " x " + std::to_string(c.in) + " x " + std::to_string(c.out);
  expect_parity<T>(
      "mix " + name,
      [&](auto& place) {
        auto x = place.array(x_values), w = place.array(w_values);
        auto out = place.template room<Complex<T>>(y.size());
        place.run(MixChannels<T>{&modes, x.data(), w.data(), out.data(), c.batch, c.in, c.out});
        return out.to_host();
      },
      reals(y));
  expect_parity<T>(
      "input gradient " + name,
      [&](auto& place) {
        auto dy = place.array(dy_values), w = place.array(w_values);
        auto out = place.template room<Complex<T>>(dx.size());
        place.run(MixInputGrad<T>{&modes, dy.data(), w.data(), out.data(), c.batch, c.in, c.out});
        return out.to_host();
      },
      reals(dx));
  expect_parity<T>(
      "weight gradient " + name,
      [&](auto& place) {
        auto x = place.array(x_values), dy = place.array(dy_values);
        auto out = place.template room<Complex<T>>(dw.size());
        place.run(MixWeightGrad<T>{&modes, x.data(), dy.data(), out.data(), c.batch, c.in, c.out});
        return out.to_host();
      },
      reals(dw));
}

// Oracle: the sums of the contracts, term by term with std::complex<double>, and the CPU backend. Rows of the weight
// gradient that no mode uses start as NaN and are zero in the oracle.
TEST(CudaMixing, ProductsAndGradientsAreTheSumsOfTheirContracts) {
  for (const Case& one : cases()) {
    all_three<float>(one);
    all_three<double>(one);
    if (HasFatalFailure()) return;
  }
}

// Two sets of the same size that address other rows.
TEST(CudaMixing, WeightRowsAreThoseOfTheModeSetAtHand) {
  ModeSet modes = mode_set({1, 1, 1, 3, 3});
  OnCuda device;
  auto x = device.array(std::vector<Complex<float>>(3, {1, 0}));
  auto w = device.array(std::vector<Complex<float>>{{5, 0}, {6, 0}, {7, 0}});
  for (const std::vector<int>& rows : {std::vector<int>{0, 1, 2}, {2, 0, 1}}) {
    modes.weight_index = rows;
    auto y = device.room<Complex<float>>(3);
    device.run(MixChannels<float>{&modes, x.data(), w.data(), y.data(), 1, 1, 1});
    for (std::size_t m = 0; m < 3; ++m) EXPECT_EQ(y.to_host()[m].re, 5 + rows[m]);
  }
}

}  // namespace
}  // namespace fno::cuda_test
