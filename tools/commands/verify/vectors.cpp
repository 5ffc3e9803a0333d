#include "tools/commands/verify/vectors.h"

#include <fmt/format.h>

#include "framework/cpu/device.h"
#include "framework/cpu/kernel_set.h"
#include "tools/commands/verify/networks.h"
#include "tools/commands/verify/ops.h"

namespace fno::verify {
namespace {

std::vector<Probe> all_probes(const Device& device, Dtype real, std::uint64_t seed) {
  std::vector<Probe> all = linear_probes(device, real, seed);
  for (Probe& probe : smooth_probes(device, real, seed)) all.push_back(std::move(probe));
  return all;
}

std::string precision(Dtype real) { return real == Dtype::float64 ? "float64" : "float32"; }

// Lets the sets of kernels be chosen, and puts back what was in force.
class Chosen {
 public:
  Chosen() : before_(cpu::kernel_set().name) {}
  ~Chosen() { cpu::choose_kernel_set(before_); }
  Chosen(const Chosen&) = delete;
  Chosen& operator=(const Chosen&) = delete;

 private:
  std::string before_;
};

}  // namespace

std::vector<Finding> check_device(const Device& device, const Device& cpu, std::uint64_t seed) {
  std::vector<Finding> findings;
  const std::string against = device.name() + " against cpu";
  for (const Dtype real : {Dtype::float32, Dtype::float64}) {
    const std::vector<Probe> here = all_probes(device, real, seed), there = all_probes(cpu, real, seed);
    Worst worst;
    compare_outcomes(worst, here, outcomes_of(here, seed), outcomes_of(there, seed));
    findings.push_back(
        worst.finding("devices", fmt::format("every operation and its gradients, {}, {}", precision(real), against)));
  }
  const std::vector<SmallNetwork> networks = small_networks();
  findings.push_back(compare_networks(networks, network_outcomes(networks, device, seed),
                                      network_outcomes(networks, cpu, seed), "devices",
                                      "a small network of each architecture, float64, " + against));
  return findings;
}

std::vector<Finding> check_vector_paths(int threads, std::uint64_t seed) {
  std::vector<const cpu::KernelSet*> here;
  for (const cpu::KernelSet* set : cpu::kernel_sets())
    if (cpu::runs_here(*set)) here.push_back(set);
  const cpu::KernelSet& narrowest = *here.back();
  here.pop_back();
  if (here.empty())
    return {{.check = "vectors",
             .covers = "instruction sets",
             .result = Finding::Result::absent,
             .at = fmt::format("none but {} runs here", narrowest.name)}};
  const Chosen chosen;
  std::vector<Finding> findings;
  for (const Dtype real : {Dtype::float32, Dtype::float64}) {
    const auto outcomes = [&](const cpu::KernelSet& set) {
      cpu::choose_kernel_set(std::string(set.name));
      return outcomes_of(all_probes(cpu_device(threads), real, seed), seed);
    };
    const Outcomes reference = outcomes(narrowest);
    const std::vector<Probe> probes = all_probes(cpu_device(threads), real, seed);
    for (const cpu::KernelSet* set : here) {
      Worst worst;
      compare_outcomes(worst, probes, outcomes(*set), reference);
      findings.push_back(worst.finding("vectors", fmt::format("every operation and its gradients, {}, {} against {}",
                                                              precision(real), set->name, narrowest.name)));
    }
  }
  const std::vector<SmallNetwork> networks = small_networks();
  const auto outcomes = [&](const cpu::KernelSet& set) {
    cpu::choose_kernel_set(std::string(set.name));
    return network_outcomes(networks, cpu_device(threads), seed);
  };
  const std::vector<NetworkOutcome> reference = outcomes(narrowest);
  for (const cpu::KernelSet* set : here)
    findings.push_back(compare_networks(
        networks, outcomes(*set), reference, "vectors",
        fmt::format("a small network of each architecture, float64, {} against {}", set->name, narrowest.name)));
  return findings;
}

}  // namespace fno::verify
