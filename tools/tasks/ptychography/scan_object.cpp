#include "tools/tasks/ptychography/scan_object.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace fno::ptychography {
namespace {

using Complex = std::complex<double>;

// The four pixels around the first one of a patch, with their weights, on the grid.
struct Corner {
  int row = 0, col = 0;
  std::array<double, 4> weights{};  // (0, 0), (0, 1), (1, 0), (1, 1)
};

Corner corner_of(const ObjectGrid& grid, double x, double y, int N) {
  const double left = x - N / 2, top = y - N / 2;
  const double c = std::floor(left), r = std::floor(top), u = left - c, v = top - r;
  return {static_cast<int>(r) - grid.row,
          static_cast<int>(c) - grid.col,
          {(1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u}};
}

// Every pattern behind a near neighbour, so that each finds its phase in a part that has one already.
std::vector<std::size_t> neighbours_first(const Positions& positions) {
  const std::size_t n = positions.x.size();
  std::vector<std::size_t> order;
  std::vector<double> distance(n, std::numeric_limits<double>::infinity());
  for (std::size_t next = 0; order.size() < n;) {
    order.push_back(next);
    distance[next] = -1;  // taken
    std::size_t nearest = n;
    for (std::size_t i = 0; i < n; ++i) {
      if (distance[i] < 0) continue;
      distance[i] =
          std::min(distance[i], std::hypot(positions.x[i] - positions.x[next], positions.y[i] - positions.y[next]));
      if (nearest == n || distance[i] < distance[nearest]) nearest = i;
    }
    next = nearest;
  }
  return order;
}

Complex direction(Complex z) { return std::abs(z) > 0 ? z / std::abs(z) : Complex(1); }

// Sums over which patches are averaged.
class Sums {
 public:
  Sums(const ObjectGrid& grid, std::span<const std::complex<float>> probe, int N)
      : grid_(grid),
        N_(N),
        power_(probe.size()),
        values_(filled_image(grid.rows, grid.cols, Complex())),
        weights_(filled_image(grid.rows, grid.cols, 0.0)) {
    for (std::size_t i = 0; i < probe.size(); ++i) power_[i] = std::norm(Complex(probe[i]));
  }

  void add(std::span<const std::complex<float>> patch, double x, double y, Complex turn) {
    each(patch, x, y, [&](int r, int c, double power, Complex value) {
      values_.at(r, c) += power * turn * value;
      weights_.at(r, c) += power;
    });
  }

  // Σ |P|² conj(patch) mean: its direction turns the patch to what stands there.
  [[nodiscard]] Complex agreement(std::span<const std::complex<float>> patch, double x, double y) const {
    Complex sum = 0;
    each(patch, x, y, [&](int r, int c, double power, Complex value) {
      const double weight = weights_.at(r, c);
      if (weight > 0) sum += power * std::conj(value) * values_.at(r, c) / weight;
    });
    return sum;
  }

  [[nodiscard]] StitchedObject object() const {
    constexpr double kReached = 1e-6;  // of one pattern at its brightest
    const double greatest = power_.empty() ? 0 : std::ranges::max(power_);
    StitchedObject out{grid_, filled_image(grid_.rows, grid_.cols, std::complex<float>()), weights_};
    Complex sum = 0;
    for (const Complex v : values_.values) sum += v;
    const Complex turn = std::conj(direction(sum));
    for (std::size_t i = 0; i < weights_.values.size(); ++i) {
      if (greatest > 0) out.coverage.values[i] /= greatest;
      if (out.coverage.values[i] > kReached)
        out.object.values[i] = std::complex<float>(turn * values_.values[i] / weights_.values[i]);
    }
    return out;
  }

 private:
  // The pixels of the object that lie between those of the patch, with the power of the probe and the patch there.
  template <class Visit>
  void each(std::span<const std::complex<float>> patch, double x, double y, const Visit& visit) const {
    const Corner corner = corner_of(grid_, x, y, N_);
    // Object pixel corner + (r, c) lies at (r - v, c - u) of the patch, v and u the fractions of the position: between
    // its pixels (r - 1, c - 1), (r - 1, c), (r, c - 1) and (r, c), which have these weights.
    const std::array<double, 4> w{corner.weights[3], corner.weights[2], corner.weights[1], corner.weights[0]};
    const bool rows = w[0] + w[1] > 0, cols = w[0] + w[2] > 0;  // fractions
    for (int r = rows ? 1 : 0; r < N_; ++r)
      for (int c = cols ? 1 : 0; c < N_; ++c) {
        double power = 0;
        Complex value = 0;
        for (int k = 0; k < 4; ++k) {
          if (w[static_cast<std::size_t>(k)] == 0) continue;
          const auto p = static_cast<std::size_t>((r - 1 + k / 2) * N_ + c - 1 + k % 2);
          power += w[static_cast<std::size_t>(k)] * power_[p];
          value += w[static_cast<std::size_t>(k)] * Complex(patch[p]);
        }
        visit(corner.row + r, corner.col + c, power, value);
      }
  }

  ObjectGrid grid_;
  int N_;
  std::vector<double> power_;
  Image2d<Complex> values_;
  RealImage weights_;
};

}  // namespace

ObjectGrid grid_of(const Positions& positions, int N) {
  const auto [x0, x1] = std::ranges::minmax(positions.x);
  const auto [y0, y1] = std::ranges::minmax(positions.y);
  const auto first = [&](double v) { return static_cast<int>(std::floor(v - N / 2)); };
  return {first(y0), first(x0), first(y1) - first(y0) + N + 1, first(x1) - first(x0) + N + 1};
}

void cut_patch(const ComplexImage& object, const ObjectGrid& grid, double x, double y, int N,
               std::span<std::complex<float>> out) {
  const Corner corner = corner_of(grid, x, y, N);
  for (int r = 0; r < N; ++r)
    for (int c = 0; c < N; ++c) {
      Complex value = 0;
      for (int k = 0; k < 4; ++k) {
        const double w = corner.weights[static_cast<std::size_t>(k)];
        const int row = corner.row + k / 2 + r, col = corner.col + k % 2 + c;
        if (w != 0 && row >= 0 && col >= 0 && row < object.rows && col < object.cols)
          value += w * Complex(object.at(row, col));
      }
      out[static_cast<std::size_t>(r * N + c)] = std::complex<float>(value);
    }
}

StitchedObject stitch_scan(std::span<const std::complex<float>> patches, const Positions& positions,
                           std::span<const std::complex<float>> probe, int N) {
  const std::size_t pixels = probe.size(), n = patches.size() / pixels;
  const ObjectGrid grid = grid_of(positions, N);
  const auto patch = [&](std::size_t i) { return patches.subspan(i * pixels, pixels); };
  std::vector<Complex> turns(n, 1);
  Sums sums(grid, probe, N);
  for (const std::size_t i : neighbours_first(positions)) {
    turns[i] = direction(sums.agreement(patch(i), positions.x[i], positions.y[i]));
    sums.add(patch(i), positions.x[i], positions.y[i], turns[i]);
  }
  constexpr int kRounds = 3;
  for (int round = 0; round < kRounds; ++round) {
    Sums next(grid, probe, N);
    for (std::size_t i = 0; i < n; ++i) {
      turns[i] = direction(sums.agreement(patch(i), positions.x[i], positions.y[i]));
      next.add(patch(i), positions.x[i], positions.y[i], turns[i]);
    }
    std::swap(sums, next);
  }
  return sums.object();
}

ObjectGrid inner_part(const StitchedObject& stitched, const Positions& positions) {
  const ObjectGrid& grid = stitched.grid;
  const auto [x0, x1] = std::ranges::minmax(positions.x);
  const auto [y0, y1] = std::ranges::minmax(positions.y);
  const int row = static_cast<int>(std::ceil(y0)), col = static_cast<int>(std::ceil(x0));
  const int rows = static_cast<int>(std::floor(y1)) - row + 1, cols = static_cast<int>(std::floor(x1)) - col + 1;
  constexpr int kNarrowest = 11;
  return rows < kNarrowest || cols < kNarrowest ? grid : ObjectGrid{row, col, rows, cols};
}

}  // namespace fno::ptychography
