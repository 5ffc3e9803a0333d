#include "tools/tasks/ptychography/losses.h"

#include <algorithm>

#include "framework/error.h"
#include "framework/ops/loss.h"

namespace fno::ptychography {
namespace {

constexpr Loss kLosses[] = {
    {"mae", [](const Var& a, const Var& x, double) { return mae_over_mean(a, x); }, true,
     "mean |predicted − measured| / mean measured", "Amplitudes of diffraction."},
    {"poisson", [](const Var& a, const Var& x, double counts) { return poisson_over_mean(a, x, counts); }, false,
     "Poisson log-likelihood of the counts / mean measured", "Negative; of amplitudes."},
};

}  // namespace

std::span<const Loss> losses() { return kLosses; }

const Loss& loss_named(std::string_view name) {
  const auto* found = std::ranges::find(kLosses, name, &Loss::name);
  require<ErrorKind::config>(found != std::end(kLosses), "loss: found ", name);
  return *found;
}

}  // namespace fno::ptychography
