#include "tools/tasks/operator/simulators/etdrk4.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/error.h"

namespace fno {

std::array<double, 3> etd_phi(double z) {
  std::array<double, 3> phi{};
  if (z < -1) {
    phi[0] = std::expm1(z) / z;
    phi[1] = (phi[0] - 1) / z;
    phi[2] = (phi[1] - 0.5) / z;
    return phi;
  }
  // Near 0 these differences cancel: the series, phi_j(z) = sum of z^i / (i + j)!.
  double factorial = 1;
  for (int j = 1; j <= 3; ++j) {
    factorial *= j;
    double term = 1 / factorial, sum = 0;
    for (int i = 1; std::abs(term) > 1e-18; ++i) {
      sum += term;
      term *= z / (i + j);
    }
    phi[static_cast<std::size_t>(j - 1)] = sum;
  }
  return phi;
}

Etdrk4::Etdrk4(std::vector<double> rates, Nonlinear nonlinear, double interval, double tolerance)
    : rates_(std::move(rates)), nonlinear_(std::move(nonlinear)), interval_(interval), tolerance_(tolerance) {
  for (Modes* modes : {&a_, &b_, &at_u_, &at_a_, &at_b_}) modes->resize(rates_.size());
}

const Etdrk4::Weights& Etdrk4::weights(int steps) {
  for (const Weights& have : weights_)
    if (have.steps == steps) return have;
  Weights made{.steps = steps};
  const double h = interval_ / steps;
  for (const double rate : rates_) {
    const double z = h * rate;
    const auto [one, two, three] = etd_phi(z);
    made.whole.push_back(std::exp(z));
    made.half.push_back(std::exp(z / 2));
    made.half_phi.push_back(h / 2 * etd_phi(z / 2)[0]);
    made.first.push_back(h * (one - 3 * two + 4 * three));
    made.middle.push_back(h * (2 * two - 4 * three));
    made.last.push_back(h * (4 * three - two));
  }
  weights_.push_back(std::move(made));
  return weights_.back();
}

void Etdrk4::take_steps(Modes& u, int steps) {
  const Weights& w = weights(steps);
  const std::size_t modes = u.size();
  for (int step = 0; step < steps; ++step) {
    nonlinear_(u, at_u_);
    for (std::size_t k = 0; k < modes; ++k) a_[k] = w.half[k] * u[k] + w.half_phi[k] * at_u_[k];
    nonlinear_(a_, at_a_);
    for (std::size_t k = 0; k < modes; ++k) b_[k] = w.half[k] * u[k] + w.half_phi[k] * at_a_[k];
    nonlinear_(b_, at_b_);
    for (std::size_t k = 0; k < modes; ++k) {
      a_[k] = w.half[k] * a_[k] + w.half_phi[k] * (2.0 * at_b_[k] - at_u_[k]);
      u[k] = w.whole[k] * u[k] + w.first[k] * at_u_[k] + w.middle[k] * (at_a_[k] + at_b_[k]);
    }
    nonlinear_(a_, at_a_);
    for (std::size_t k = 0; k < modes; ++k) u[k] += w.last[k] * at_a_[k];
  }
}

double Etdrk4::advance(Modes& u) {
  Modes coarse = u, fine;
  take_steps(coarse, steps_);
  for (;;) {
    require<ErrorKind::numeric>(2 * steps_ <= kMostSteps, "more than ", kMostSteps, " steps in a time of ", interval_,
                                " would be needed for a relative error of ", tolerance_);
    fine = u;
    take_steps(fine, 2 * steps_);
    double difference = 0, size = 0;
    for (std::size_t k = 0; k < u.size(); ++k) {
      difference += std::norm(fine[k] - coarse[k]);
      size += std::norm(fine[k]);
    }
    const double error = difference == 0 ? 0 : std::sqrt(difference / size);
    if (error <= tolerance_) {  // never of what is not a number
      u = std::move(fine);
      if (error < tolerance_ / 64 && steps_ > 1) steps_ /= 2;
      return error;
    }
    coarse = std::move(fine);
    steps_ *= 2;
  }
}

}  // namespace fno
