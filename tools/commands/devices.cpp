#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <string>
#include <unistd.h>

#include "cuda/device.h"
#include "framework/cpu/kernel_set.h"
#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/training/device.h"

namespace fno {
namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

int usable_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

// The CPU's kernels: each set of this program, and whether it runs here.
nlohmann::ordered_json kernel_rows() {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const cpu::KernelSet* set : cpu::kernel_sets())
    rows.push_back({{"cpu_isa", set->name}, {"vector_bits", set->vector_bits}, {"usable", cpu::runs_here(*set)}});
  return rows;
}

// "avx512 of avx512, avx2, baseline", those that do not run here in brackets.
std::string kernels_text() {
  std::string text(cpu::kernel_set().name), separator = " of ";
  for (const cpu::KernelSet* set : cpu::kernel_sets()) {
    const std::string name(set->name);
    text += separator + (cpu::runs_here(*set) ? name : "(" + name + ")");
    separator = ", ";
  }
  return text;
}

// Why a device is not there, without the flag that nobody typed here.
std::string reason_of(const Error& error, const std::string& device) {
  const std::string line = error.what(), flag = "--device: found " + device + "; ";
  return line.starts_with(flag) ? line.substr(flag.size()) : line;
}

// What the CUDA backend found of the libraries that it can use, and what is missing.
nlohmann::ordered_json library_rows() {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const CudaLibrary& library : cuda_libraries()) {
    nlohmann::ordered_json row{{"library", library.name}, {"usable", library.problem.empty()}};
    if (library.problem.empty()) {
      row["version"] = library.version;
      row["path"] = library.path;
    } else {
      row["reason"] = library.problem;
    }
    rows.push_back(row);
  }
  return rows;
}

void print_libraries(const nlohmann::ordered_json& rows) {
  for (const auto& row : rows)
    fmt::print("  {:<12} {}\n", row["library"].get<std::string>(),
               row["usable"].get<bool>() ? row["version"].get<std::string>() + ", " + row["path"].get<std::string>()
                                         : "missing, our own kernels stand in: " + row["reason"].get<std::string>());
}

std::vector<settings::Row<settings::CommonOptions>> flag_rows() {
  return settings::with_common<settings::CommonOptions>({});
}

int run(Call& call) {
  const auto options = options_of(call, flag_rows());
  use_cpu(options);
  const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  rows.push_back({{"device", "cpu"},
                  {"available", true},
                  {"name", processor_name()},
                  {"cores", usable_cores()},
                  {"cpu_isa", cpu::kernel_set().name},
                  {"vector_bits", cpu::kernel_set().vector_bits},
                  {"kernels", kernel_rows()},
                  {"memory_bytes", static_cast<std::int64_t>(memory)}});
  for (const std::string name : {"cuda", "cuda-emulated"}) {
    nlohmann::ordered_json row{{"device", name}};
    try {
      settings::CommonOptions asked = options;
      asked.device = name;
      asked.threads = 1;
      const Device device = open_device(asked);
      row["available"] = true;
      row["name"] = device.name();
    } catch (const Error& e) {
      row["available"] = false;
      row["reason"] = reason_of(e, name);
    }
    if (name == "cuda" && built_with_cuda()) row["libraries"] = library_rows();
    rows.push_back(row);
  }
  if (options.json) {
    fmt::print("{}\n", rows.dump(2));
    return 0;
  }
  fmt::print("cpu            {}, {} cores, {}-bit vectors, {:.1f} GiB\n", processor_name(), usable_cores(),
             cpu::kernel_set().vector_bits, memory / (1 << 30));
  fmt::print("  {:<12} {}\n", "kernels", kernels_text());
  for (std::size_t i = 1; i < rows.size(); ++i) {
    fmt::print("{:<14} {}\n", rows[i]["device"].get<std::string>(),
               rows[i]["available"].get<bool>() ? rows[i]["name"].get<std::string>()
                                                : "not available: " + rows[i]["reason"].get<std::string>());
    if (rows[i].contains("libraries")) print_libraries(rows[i]["libraries"]);
  }
  return 0;
}

}  // namespace

extern const Command kDevices{.name = "devices",
                              .summary = "lists what this program can run on here, and why not on the others",
                              .flags = [] { return settings::infos(flag_rows()); },
                              .run = run};

}  // namespace fno
