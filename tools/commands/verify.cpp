#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <nlohmann/json.hpp>

#include "framework/cpu/device.h"
#include "framework/cpu/kernel_set.h"
#include "tools/commands/command.h"
#include "tools/commands/verify/networks.h"
#include "tools/commands/verify/ops.h"
#include "tools/commands/verify/speed.h"
#include "tools/commands/verify/storage.h"
#include "tools/commands/verify/transforms.h"
#include "tools/commands/verify/vectors.h"
#include "tools/training/device.h"

namespace fno {
namespace {

using verify::Finding, verify::Probe;
using Findings = std::vector<Finding>;

struct VerifyOptions : settings::CommonOptions {
  std::string only;
};

// What is verified: the CPU, and another device if one was chosen.
struct Machine {
  Device cpu, chosen;
  int threads;
  std::uint64_t seed;
  [[nodiscard]] std::vector<Device> devices() const {
    return chosen == cpu ? std::vector{cpu} : std::vector{cpu, chosen};
  }
  [[nodiscard]] std::optional<int> threads_of(const Device& device) const {
    return device == cpu ? std::optional(threads) : std::nullopt;
  }
};

constexpr std::array kPrecisions{Dtype::float32, Dtype::float64};

// The same check on every device and in both precisions, each a line that says so.
template <class Check>
Findings everywhere(const Machine& machine, const Check& check) {
  Findings all;
  for (const Device& device : machine.devices())
    for (const Dtype real : kPrecisions) {
      all.push_back(check(device, real));
      all.back().covers += fmt::format(", {}, {}", real == Dtype::float64 ? "float64" : "float32", device.name());
    }
  return all;
}

Findings transforms(const Machine& m) {
  const verify::Transforms ours = verify::framework_transforms();
  Findings all = everywhere(
      m, [&](const Device& device, Dtype real) { return verify::check_full_transforms(ours, device, real, m.seed); });
  for (Finding& f : everywhere(m, [&](const Device&device, Dtype real) {
         return verify::check_truncated_transforms(ours, device, real, m.seed);
       }))
    all.push_back(std::move(f));
  return all;
}

Findings adjoints(const Machine& m) {
  return everywhere(m, [&](const Device& device, Dtype real) {
    return verify::check_adjoints(verify::linear_probes(device, real, m.seed), m.seed);
  });
}

Findings gradients(const Machine& m) {
  Findings all;
  for (const Device& device : m.devices()) {
    all.push_back(verify::check_gradients(verify::smooth_probes(device, Dtype::float64, m.seed), m.seed));
    all.push_back(verify::check_network_gradients(verify::small_networks(), device, m.seed));
    for (Finding* f : {&all.back() - 1, &all.back()}) f->covers += ", float64, " + device.name();
  }
  return all;
}

Findings devices(const Machine& m) {
  if (m.chosen != m.cpu) return verify::check_device(m.chosen, m.cpu, m.seed);
  return {{.check = "devices",
           .covers = "another device against the CPU",
           .result = Finding::Result::absent,
           .at = "none was found or chosen (fno devices says why)"}};
}

Findings vectors(const Machine& m) { return verify::check_vector_paths(m.threads, m.seed); }
Findings threads(const Machine& m) { return {verify::check_threads(verify::small_networks(), m.seed)}; }
Findings files(const Machine& m) { return verify::check_files(m.seed); }

Findings speed(const Machine& m) {
  Findings all;
  for (const Device& device : m.devices()) all.push_back(verify::check_speed(device, m.threads_of(device), m.seed));
  return all;
}

struct Check {
  std::string_view name;
  Findings (*run)(const Machine&);
};
constexpr Check kChecks[]{{"transforms", transforms}, {"adjoints", adjoints}, {"gradients", gradients},
                          {"devices", devices},       {"vectors", vectors},   {"threads", threads},
                          {"files", files},           {"speed", speed}};

// The checks of "adjoints,files" in the order of the table, all for an empty text; none if a name is not one.
std::vector<Check> chosen_checks(const std::string& names) {
  std::vector<Check> chosen;
  if (names.empty()) return {std::begin(kChecks), std::end(kChecks)};
  const std::string listed = "," + names + ",";
  std::size_t length = 0;
  for (const Check& check : kChecks) {
    if (listed.find(fmt::format(",{},", check.name)) == std::string::npos) continue;
    chosen.push_back(check);
    length += check.name.size() + 1;
  }
  return length == names.size() + 1 ? chosen : std::vector<Check>();
}

std::vector<settings::Row<VerifyOptions>> flag_rows() {
  const std::string wanted =
      "one or more, separated by commas and each once, of " + settings::list(settings::names_in(kChecks));
  return settings::with_common<VerifyOptions>({settings::flag<VerifyOptions, &VerifyOptions::only>(
      {.key = "only",
       .rule = settings::text([](const std::string& text) { return !text.empty() && !chosen_checks(text).empty(); },
                              wanted),
       .help = "these checks alone: " + settings::list(settings::names_in(kChecks)),
       .metavar = "NAME,…",
       .fallback_text = "all"})});
}

nlohmann::ordered_json json_of(const Finding& f) {
  nlohmann::ordered_json row{{"check", f.check}, {"covers", f.covers}, {"cases", f.cases}};
  const bool absent = f.result == Finding::Result::absent, finite = std::isfinite(f.error);
  row["worst_error"] = absent || !finite ? nlohmann::ordered_json() : nlohmann::ordered_json(f.error);
  if (!absent && !finite) row["not_finite"] = true;
  row["bound"] = absent ? nlohmann::ordered_json() : nlohmann::ordered_json(f.bound);
  row["worst_at"] = f.at;
  row["result"] = absent ? "absent" : f.result == Finding::Result::failed ? "failed" : verify::word_of(f.result);
  return row;
}

int run(Call& call) {
  const auto options = options_of(call, flag_rows());
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [](auto since) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
  };
  const int threads = use_cpu(options);
  Machine machine{
      .cpu = cpu_device(threads), .chosen = {}, .threads = threads, .seed = static_cast<std::uint64_t>(options.seed)};
  const Device opened = open_device(options);
  machine.chosen = opened.name() == machine.cpu.name() ? machine.cpu : opened;
  Findings findings;
  for (const Check& check : chosen_checks(options.only)) {
    const auto start = std::chrono::steady_clock::now();
    for (Finding& f : check.run(machine)) findings.push_back(std::move(f));
    if (!options.quiet) fmt::print(stderr, "{:<10} {:.1f} s\n", check.name, seconds(start));
  }
  if (options.json) {
    nlohmann::ordered_json all{
        {"passed",
         std::ranges::none_of(findings, [](const Finding& f) { return f.result == Finding::Result::failed; })},
        {"seconds", seconds(begin)},
        {"device", machine.chosen.name()},
        {"cpu_isa", cpu::kernel_set().name},
        {"threads", threads},
        {"seed", options.seed},
        {"checks", nlohmann::ordered_json::array()}};
    for (const Finding& f : findings) all["checks"].push_back(json_of(f));
    fmt::print("{}\n", all.dump(2));
  } else {
    fmt::print("{}", verify::table_of(findings));
  }
  verify::require_passed(findings);
  if (!options.json && !options.quiet)
    fmt::print(stderr, "verified in {:.0f} s: cpu with {} on {} threads{}\n", seconds(begin), cpu::kernel_set().name,
               threads, machine.chosen == machine.cpu ? "" : " and " + machine.chosen.name());
  return 0;
}

}  // namespace

extern const Command kVerify{.name = "verify",
                             .summary = "tries the arithmetic, the files and the speed of this program on this machine",
                             .flags = [] { return settings::infos(flag_rows()); },
                             .run = run,
                             .notes =
                                 "Exit code 4 if a check fails, with a line that names it; slow is no failure.\n"
                                 "What is measured, and against what: docs/reliability.md.\n"};

}  // namespace fno
