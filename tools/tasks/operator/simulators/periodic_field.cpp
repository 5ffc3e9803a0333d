#include "tools/tasks/operator/simulators/periodic_field.h"

#include <cmath>
#include <numbers>

namespace fno {

double PeriodicField::deviation(double square_of_k) const {
  const double wave = 4 * std::numbers::pi * std::numbers::pi * square_of_k;
  return sigma * std::pow(wave + tau * tau, -alpha / 2);
}

std::vector<std::complex<double>> PeriodicField::line(std::int64_t cutoff, Random& random) const {
  std::vector<std::complex<double>> modes(static_cast<std::size_t>(cutoff + 1));
  for (std::int64_t k = 1; k <= cutoff; ++k) {
    const double scale = deviation(static_cast<double>(k * k)) / std::numbers::sqrt2;
    const double re = random.normal(), im = random.normal();
    modes[static_cast<std::size_t>(k)] = {scale * re, scale * im};
  }
  return modes;
}

std::vector<std::complex<double>> PeriodicField::square(std::int64_t n, std::int64_t cutoff, Random& random) const {
  const std::int64_t columns = n / 2 + 1;
  std::vector<std::complex<double>> modes(static_cast<std::size_t>(n * columns));
  const auto at = [&](std::int64_t k1, std::int64_t k2) -> std::complex<double>& {
    return modes[static_cast<std::size_t>((k1 + n) % n * columns + k2)];
  };
  // One of each pair k, -k: k2 > 0, or k2 = 0 and k1 > 0. Column 0 holds both.
  const auto draw = [&](std::int64_t k1, std::int64_t k2) {
    const double scale = deviation(static_cast<double>(k1 * k1 + k2 * k2)) / std::numbers::sqrt2;
    const double re = random.normal(), im = random.normal();
    at(k1, k2) = {scale * re, scale * im};
    if (k2 == 0) at(-k1, 0) = {scale * re, -scale * im};
  };
  for (std::int64_t shell = 1; shell <= cutoff; ++shell) {
    draw(shell, 0);
    for (std::int64_t k2 = 1; k2 < shell; ++k2) {
      draw(shell, k2);
      draw(-shell, k2);
    }
    for (std::int64_t k1 = -shell; k1 <= shell; ++k1) draw(k1, shell);
  }
  return modes;
}

}  // namespace fno
