#include "tools/tasks/operator/simulators/burgers.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/error.h"
#include "tools/tasks/operator/simulators/flow_settings.h"

namespace fno {
namespace {

constexpr int kIntervals = 16;
constexpr std::int64_t kLargestSet = std::int64_t{1} << 40;  // values of x; keeps sizes far from overflow

std::vector<double> rates_of(std::int64_t n, double viscosity) {
  std::vector<double> rates;
  for (std::int64_t k = 0; k <= most_mode(n); ++k) {
    const double wave = 2 * std::numbers::pi * static_cast<double>(k);
    rates.push_back(-viscosity * wave * wave);
  }
  return rates;
}

}  // namespace

std::int64_t most_mode(std::int64_t n) { return (n - 1) / 3; }

BurgersSolver::BurgersSolver(std::int64_t n, double viscosity, double interval, double tolerance)
    : plan_(cpu::real_fft_plan<double>(static_cast<int>(n))),
      hat_(static_cast<std::size_t>(plan_.spectrum())),
      scratch_(plan_.workspace()),
      steps_(
          rates_of(n, viscosity), [this](const LineModes& u, LineModes& out) { transport(u, out); }, interval,
          tolerance) {}

void BurgersSolver::to_values(const LineModes& u, std::vector<double>& values) {
  std::ranges::copy(u, hat_.begin());
  std::fill(hat_.begin() + static_cast<std::ptrdiff_t>(u.size()), hat_.end(), 0.0);
  values.resize(static_cast<std::size_t>(plan_.size()));
  plan_.inverse(hat_.data(), 1, 1.0, values.data(), scratch_.data());
}

// -(u^2/2)_x
void BurgersSolver::transport(const LineModes& u, LineModes& out) {
  to_values(u, values_);
  for (double& value : values_) value *= value;
  plan_.forward(values_.data(), 1, hat_.data(), scratch_.data());
  for (std::size_t k = 0; k < u.size(); ++k) {
    const double factor = std::numbers::pi * static_cast<double>(k) / plan_.size();
    out[k] = {factor * hat_[k].imag(), -factor * hat_[k].real()};
  }
}

double BurgersSolver::tail(const LineModes& u) {
  double all = 0, upper = 0;
  for (std::size_t k = 0; k < u.size(); ++k) {
    all += std::norm(u[k]);
    if (3 * k > 2 * (u.size() - 1)) upper += std::norm(u[k]);
  }
  return all == 0 ? 0 : std::sqrt(upper / all);
}

BurgersSolution solve_burgers(std::int64_t n, const LineModes& initial, double viscosity, double time,
                              double tolerance) {
  BurgersSolver solver(n, viscosity, time / kIntervals, tolerance / kIntervals);
  BurgersSolution solution{.u = initial};
  for (int interval = 0; interval < kIntervals; ++interval) {
    solution.error += solver.advance(solution.u);
    solution.tail = std::max(solution.tail, BurgersSolver::tail(solution.u));
  }
  return solution;
}

void check_burgers_settings(const BurgersSettings& settings) {
  require<ErrorKind::config>(settings.samples >= 1, "--samples: found ", settings.samples, ", accepted: at least 1");
  require<ErrorKind::config>(settings.grid >= 8 && settings.grid <= 1 << 20, "--grid: found ", settings.grid,
                             ", accepted: 8 to ", 1 << 20, " points");
  require_stride(settings.stride, settings.grid);
  const std::int64_t points = settings.grid / settings.stride;
  require<ErrorKind::config>(settings.samples <= kLargestSet / points, "--samples: found ", settings.samples,
                             ", accepted with ", points, " points: at most ", kLargestSet / points);
  require_flow(settings.viscosity, settings.time, settings.tolerance);
}

BurgersSet simulate_burgers(const BurgersSettings& settings, int threads, const SampleProgress& progress) {
  check_burgers_settings(settings);
  BurgersSet set;
  set.samples = settings.samples;
  set.points = settings.grid / settings.stride;
  set.x.resize(static_cast<std::size_t>(set.samples * set.points));
  set.y.resize(set.x.size());
  std::vector<double> errors(static_cast<std::size_t>(set.samples)), tails(errors.size());
  const auto make = [&](std::int64_t index) {
    Random random(settings.seed, static_cast<std::uint64_t>(index));
    const LineModes initial = kBurgersField.line(most_mode(settings.grid), random);
    BurgersSolution solution;
    try {
      solution = solve_burgers(settings.grid, initial, settings.viscosity, settings.time, settings.tolerance);
    } catch (const Error& error) {
      fail(error.kind(), "simulate burgers: sample ", index, ": ", error.what());
    }
    BurgersSolver solver(settings.grid, settings.viscosity, settings.time, settings.tolerance);
    std::vector<double> values;
    const auto store = [&](const LineModes& modes, std::vector<float>& to) {
      solver.to_values(modes, values);
      for (std::int64_t i = 0; i < set.points; ++i)
        to[static_cast<std::size_t>(index * set.points + i)] =
            static_cast<float>(values[static_cast<std::size_t>(i * settings.stride)]);
    };
    store(initial, set.x);
    store(solution.u, set.y);
    errors[static_cast<std::size_t>(index)] = solution.error;
    tails[static_cast<std::size_t>(index)] = solution.tail;
  };
  for_each_sample(set.samples, threads, make, progress);
  set.largest_error = std::ranges::max(errors);
  set.largest_tail = std::ranges::max(tails);
  return set;
}

}  // namespace fno
