#include "framework/cpu/kernel_set.h"

#include <algorithm>
#include <atomic>

#include "framework/error.h"

namespace fno::cpu {
namespace {

std::atomic<const KernelSet*> chosen = nullptr;

const KernelSet& best() {
  static const KernelSet& set = **std::ranges::find_if(kernel_sets(), [](const KernelSet* s) { return runs_here(*s); });
  return set;
}

std::string names(bool only_here) {
  std::string list = "auto";
  for (const KernelSet* set : kernel_sets())
    if (!only_here || runs_here(*set)) list += ", " + std::string(set->name);
  return list;
}

}  // namespace

const KernelSet& kernel_set() {
  const KernelSet* set = chosen.load(std::memory_order_relaxed);
  return set != nullptr ? *set : best();
}

void choose_kernel_set(const std::string& name) {
  if (name == "auto") return chosen.store(nullptr, std::memory_order_relaxed);
  const auto sets = kernel_sets();
  const auto found = std::ranges::find(sets, name, &KernelSet::name);
  require<ErrorKind::config>(found != sets.end(), "this program has no kernels for it, accepted: ", names(false));
  require<ErrorKind::config>(runs_here(**found), "this processor lacks it, accepted: ", names(true));
  chosen.store(*found, std::memory_order_relaxed);
}

}  // namespace fno::cpu
