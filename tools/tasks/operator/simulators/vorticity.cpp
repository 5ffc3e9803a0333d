#include "tools/tasks/operator/simulators/vorticity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "framework/cpu/fft.h"

namespace fno {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

std::array<int, 2> shape_of(int n) { return {n, n}; }

std::vector<double> rates_of(int n, double viscosity) {
  std::vector<double> rates;
  for (int row = 0; row < n; ++row)
    for (int k2 = 0; k2 <= n / 2; ++k2) {
      const int k1 = row <= n / 2 ? row : row - n;
      rates.push_back(-viscosity * kTurn * kTurn * (double(k1) * k1 + double(k2) * k2));
    }
  return rates;
}

}  // namespace

VorticitySolver::VorticitySolver(std::int64_t n, double viscosity, TorusModes forcing, double interval,
                                 double tolerance)
    : n_(static_cast<int>(n)),
      forcing_(forcing.size()),
      hat_(forcing.size()),
      scratch_(cpu::fft_workspace<double>(shape_of(n_))),
      steps_(
          rates_of(n_, viscosity), [this](const TorusModes& w, TorusModes& out) { transport(w, out); }, interval,
          tolerance) {
  for_each_mode([&](std::size_t i, int, int) { forcing_[i] = forcing[i]; });
}

template <class F>
void VorticitySolver::for_each_mode(F&& f) const {
  const int cutoff = (n_ - 1) / 3;
  for (int k1 = -cutoff; k1 <= cutoff; ++k1) {
    const auto row = static_cast<std::size_t>(k1 < 0 ? k1 + n_ : k1) * static_cast<std::size_t>(n_ / 2 + 1);
    for (int k2 = 0; k2 <= cutoff; ++k2) f(row + static_cast<std::size_t>(k2), k1, k2);
  }
}

void VorticitySolver::to_values(const TorusModes& modes, std::vector<double>& values) {
  values.resize(static_cast<std::size_t>(n_) * static_cast<std::size_t>(n_));
  cpu::irfft<double>(shape_of(n_), modes.data(), values.data(), scratch_.data(), cpu::FftScale::none);
}

TorusModes VorticitySolver::to_modes(const std::vector<double>& values) {
  TorusModes modes(hat_.size());
  cpu::rfft<double>(shape_of(n_), values.data(), modes.data(), scratch_.data(), cpu::FftScale::by_points);
  return modes;
}

// With the divergence taken out of the products, four transforms do instead of five:
//   -(u w_x + v w_y) = (d_yy - d_xx)(u v) + d_xy (u^2 - v^2).
void VorticitySolver::transport(const TorusModes& w, TorusModes& out) {
  std::ranges::fill(hat_, 0.0);
  const auto velocity = [&](bool along_x, std::vector<double>& values) {
    for_each_mode([&](std::size_t i, int k1, int k2) {
      const double square = double(k1) * k1 + double(k2) * k2;
      const double factor = square == 0 ? 0 : (along_x ? k2 : -k1) / (kTurn * square);
      hat_[i] = {-factor * w[i].imag(), factor * w[i].real()};
    });
    to_values(hat_, values);
  };
  velocity(true, u_);
  velocity(false, v_);
  for (std::size_t i = 0; i < u_.size(); ++i) {
    const double u = u_[i], v = v_[i];
    u_[i] = u * v;
    v_[i] = (u - v) * (u + v);
  }
  std::ranges::fill(out, 0.0);
  const auto add = [&](const std::vector<double>& product, auto factor) {
    cpu::rfft<double>(shape_of(n_), product.data(), hat_.data(), scratch_.data(), cpu::FftScale::by_points);
    for_each_mode([&](std::size_t i, int k1, int k2) { out[i] += kTurn * kTurn * factor(k1, k2) * hat_[i]; });
  };
  add(u_, [](double k1, double k2) { return k1 * k1 - k2 * k2; });
  add(v_, [](double k1, double k2) { return -k1 * k2; });
  for (std::size_t i = 0; i < out.size(); ++i) out[i] += forcing_[i];
}

namespace {

double weight(int k2) { return k2 == 0 ? 1 : 2; }  // column k2 > 0 stands for -k2 as well

}  // namespace

double VorticitySolver::tail(const TorusModes& w) const {
  const int cutoff = (n_ - 1) / 3;
  double all = 0, upper = 0;
  for_each_mode([&](std::size_t i, int k1, int k2) {
    const double square = weight(k2) * std::norm(w[i]);
    all += square;
    if (3 * std::max(std::abs(k1), k2) > 2 * cutoff) upper += square;
  });
  return all == 0 ? 0 : std::sqrt(upper / all);
}

double VorticitySolver::energy(const TorusModes& w) const {
  double sum = 0;
  for_each_mode([&](std::size_t i, int k1, int k2) {
    if (k1 != 0 || k2 != 0)
      sum += weight(k2) * std::norm(w[i]) / (2 * kTurn * kTurn * (double(k1) * k1 + double(k2) * k2));
  });
  return sum;
}

double VorticitySolver::enstrophy(const TorusModes& w) const {
  double sum = 0;
  for_each_mode([&](std::size_t i, int, int k2) { sum += weight(k2) * std::norm(w[i]) / 2; });
  return sum;
}

}  // namespace fno
