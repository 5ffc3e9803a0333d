#include "cuda/emulation/kernel_registry.h"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <unordered_map>

#include "framework/error.h"

namespace fno::cu::CU_TARGET {
namespace {

struct Entry {
  std::string name;
  long launches = 0;
};

struct Registry {
  std::mutex mutex;
  std::unordered_map<const void*, Entry> kernels;
};

// Built at first use: declarations run before main, in any order.
Registry& registry() {
  static Registry& instance = *new Registry;  // never destroyed: used by static objects until the last
  return instance;
}

template <class Wanted>
std::vector<std::string> sorted_names(Wanted wanted) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  std::vector<std::string> names;
  for (const auto& [address, entry] : all.kernels)
    if (wanted(entry)) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

KernelDeclaration::KernelDeclaration(const char* name, const void* address) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  all.kernels[address].name = name;
}

const char* kernel_name(const void* address) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const auto found = all.kernels.find(address);
  return found == all.kernels.end() ? nullptr : found->second.name.c_str();
}

void record_execution(const void* address) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (const auto found = all.kernels.find(address); found != all.kernels.end()) ++found->second.launches;
}

std::vector<std::string> declared_kernels() {
  return sorted_names([](const Entry&) { return true; });
}

std::vector<std::string> executed_kernels() {
  return sorted_names([](const Entry& entry) { return entry.launches > 0; });
}

void append_executed_kernels(const std::string& path) {
  std::string lines;
  for (const std::string& name : executed_kernels()) lines += name + '\n';
  std::ofstream file(path, std::ios::app);
  file << lines << std::flush;
  require<ErrorKind::storage>(file.good(), path, ": can't append the list of executed kernels");
}

}  // namespace fno::cu::CU_TARGET
