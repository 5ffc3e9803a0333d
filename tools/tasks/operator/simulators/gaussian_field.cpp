#include "tools/tasks/operator/simulators/gaussian_field.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fno {
namespace {

constexpr double kTau = 3.0;
constexpr std::int64_t kDepth = 128, kColumns = 256;  // a block of b: 256 KiB, stays in the second-level cache

/// out (rows, columns) += a (rows, depth) b (depth, columns); depth is a multiple of 4. a(i, k) = a[i*row + k*column].
void add_product(std::int64_t rows, std::int64_t depth, std::int64_t columns, const double* a, std::int64_t a_row,
                 std::int64_t a_column, const double* b, double* out) {
  for (std::int64_t top = 0; top < depth; top += kDepth)
    for (std::int64_t from = 0; from < columns; from += kColumns) {
      const std::int64_t bottom = std::min(top + kDepth, depth), width = std::min(kColumns, columns - from);
      for (std::int64_t i = 0; i < rows; ++i) {
        double* __restrict o = out + i * columns + from;
        for (std::int64_t k = top; k < bottom; k += 4) {
          const double* f = a + i * a_row + k * a_column;
          const double f0 = f[0], f1 = f[a_column], f2 = f[2 * a_column], f3 = f[3 * a_column];
          const double* b0 = b + k * columns + from;
          const double *b1 = b0 + columns, *b2 = b1 + columns, *b3 = b2 + columns;
          for (std::int64_t j = 0; j < width; ++j) o[j] += (f0 * b0[j] + f1 * b1[j]) + (f2 * b2[j] + f3 * b3[j]);
        }
      }
    }
}

}  // namespace

GaussianField::GaussianField(std::int64_t n)
    : n_(n), modes_((n + 3) / 4 * 4), cosines_(static_cast<std::size_t>(modes_ * (n + 1)), 0.0) {
  // k i modulo 2n in integers keeps the argument of the cosine small and exact.
  std::vector<double> wave(static_cast<std::size_t>(2 * n));
  for (std::int64_t q = 0; q < 2 * n; ++q)
    wave[static_cast<std::size_t>(q)] = std::cos(std::numbers::pi * static_cast<double>(q) / static_cast<double>(n));
  for (std::int64_t k = 0; k < n; ++k) {
    const double norm = k == 0 ? 1.0 : std::numbers::sqrt2;
    for (std::int64_t i = 0; i <= n; ++i)
      cosines_[static_cast<std::size_t>(k * (n + 1) + i)] = norm * wave[static_cast<std::size_t>(k * i % (2 * n))];
  }
}

double GaussianField::amplitude(std::int64_t k1, std::int64_t k2) {
  const double square = static_cast<double>(k1 * k1 + k2 * k2);
  return kTau / (std::numbers::pi * std::numbers::pi * square + kTau * kTau);
}

std::vector<double> GaussianField::draw(Random& random) const {
  const std::int64_t nodes = n_ + 1;
  std::vector<double> modes(static_cast<std::size_t>(modes_ * modes_), 0.0);
  const auto set = [&](std::int64_t k1, std::int64_t k2) {
    modes[static_cast<std::size_t>(k1 * modes_ + k2)] = amplitude(k1, k2) * random.normal();
  };
  for (std::int64_t shell = 1; shell < n_; ++shell) {
    for (std::int64_t k = 0; k < shell; ++k) {
      set(shell, k);
      set(k, shell);
    }
    set(shell, shell);
  }
  std::vector<double> half(static_cast<std::size_t>(modes_ * nodes), 0.0);  // (k1, j): summed over k2
  add_product(modes_, modes_, nodes, modes.data(), modes_, 1, cosines_.data(), half.data());
  std::vector<double> field(static_cast<std::size_t>(nodes * nodes), 0.0);
  add_product(nodes, modes_, nodes, cosines_.data(), 1, nodes, half.data(), field.data());
  return field;
}

}  // namespace fno
