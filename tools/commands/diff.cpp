// fno diff: where two runs part.
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/files/one_line.h"
#include "tools/training/run_difference.h"

namespace fno {
namespace {

using training::RunDifference;
using Json = nlohmann::ordered_json;

struct DiffOptions : settings::CommonOptions {
  std::vector<std::string> runs;
  bool exit_code = false;
};

std::vector<settings::Row<DiffOptions>> rows() {
  using D = DiffOptions;
  return settings::with_common<D>(
      {settings::flag<D, &D::runs>({.key = "runs",
                                    .rule = settings::text(settings::not_empty, "two run directories"),
                                    .help = "two run directories, finished, stopped or under way",
                                    .metavar = "RUN1 RUN2",
                                    .required = true,
                                    .positional = true,
                                    .repeatable = true}),
       settings::flag<D, &D::exit_code>({.key = "exit_code",
                                         .rule = settings::toggle(),
                                         .help = "exit with 1 if the runs differ in a step or in their weights"})});
}

Json pairs_json(const std::vector<RunDifference::Pair>& pairs) {
  Json json = Json::array();
  for (const auto& p : pairs) json.push_back({{"name", p.name}, {"first", p.first}, {"second", p.second}});
  return json;
}

Json json_of(const DiffOptions& options, const RunDifference& d) {
  Json json = {{"runs", options.runs},
               {"same", d.same()},
               {"settings", pairs_json(d.settings)},
               {"settings_without_effect", pairs_json(d.idle_settings)},
               {"surroundings", pairs_json(d.surroundings)},
               {"steps", {d.steps[0], d.steps[1]}},
               {"compared_steps", d.compared},
               {"first_step", nullptr},
               {"steps_with_hashes", d.hashed},
               {"last_equal_weights", nullptr},
               {"first_weights", nullptr}};
  if (d.parts)
    json["first_step"] = {
        {"step", d.parts->step}, {"epoch", d.parts->epoch}, {"numbers", pairs_json(d.parts->numbers)}};
  if (d.last_equal) json["last_equal_weights"] = *d.last_equal;
  if (d.weights)
    json["first_weights"] = {{"after_step", d.weights->step}, {"tensors", d.weights->tensors}, {"of", d.weights->of}};
  return json;
}

std::string or_none(const std::string& value) { return value.empty() ? "not set" : one_line(value); }

void print(const std::string& heading, const std::vector<RunDifference::Pair>& pairs) {
  if (pairs.empty()) return;
  std::size_t width = 0;
  for (const auto& p : pairs) width = std::max(width, p.name.size());
  fmt::print("{}\n", heading);
  for (const auto& p : pairs) fmt::print("  {:<{}}  {} | {}\n", p.name, width, or_none(p.first), or_none(p.second));
}

std::string names(const std::vector<std::string>& tensors) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, tensors.size()); ++i) text += (i == 0 ? "" : ", ") + tensors[i];
  return tensors.size() > kShown ? text + ", …" : text;
}

void print(const RunDifference& d) {
  print("settings that differ", d.settings);
  print("settings that differ and change no number", d.idle_settings);
  print("program, device and data that differ", d.surroundings);
  fmt::print("steps: {} | {}, compared: {}\n", d.steps[0], d.steps[1], d.compared);
  if (d.parts) {
    fmt::print("the runs part at step {} (epoch {})\n", d.parts->step, d.parts->epoch + 1);
    print("numbers of that step", d.parts->numbers);
  } else {
    fmt::print("no logged number differs\n");
  }
  if (d.weights) {
    fmt::print(
        "weights differ first after step {}, {}: {} of {} tensors, first {}\n", d.weights->step,
        d.last_equal ? "equal after step " + std::to_string(*d.last_equal) : std::string("the first with hashes"),
        d.weights->tensors.size(), d.weights->of, names(d.weights->tensors));
    const bool exact = d.weights->step == 0 || d.last_equal == d.weights->step - 1;
    if (!exact)
      fmt::print("between them no hashes were logged; --weights-hash-freq 1 of fno train logs every step's\n");
  } else if (d.hashed > 0) {
    fmt::print("weights are equal at all {} steps with hashes\n", d.hashed);
  } else {
    fmt::print("no step has hashes of weights in both runs; --weights-hash-freq of fno train says how often\n");
  }
  if (d.same()) fmt::print("the runs are the same\n");
}

int run(Call& call) {
  const auto options = options_of(call, rows());
  require<ErrorKind::config>(options.runs.size() == 2, "fno diff: found ", options.runs.size(),
                             " run directories, accepted: 2");
  const RunDifference d = training::difference_of(options.runs[0], options.runs[1]);
  if (options.json)
    fmt::print("{}\n", json_of(options, d).dump(2, ' ', false, Json::error_handler_t::replace));
  else
    print(d);
  return options.exit_code && !d.same() ? 1 : 0;
}

}  // namespace

extern const Command kDiff{.name = "diff",
                           .summary = "the first step and tensor where two runs part, and the settings that differ",
                           .flags = [] { return settings::infos(rows()); },
                           .run = run};

}  // namespace fno
