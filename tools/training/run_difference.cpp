#include "tools/training/run_difference.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/files/json_file.h"
#include "tools/settings/resolve.h"
#include "tools/settings/setting_table.h"
#include "tools/training/run_directory.h"

namespace fno::training {
namespace {

namespace fs = std::filesystem;
using Pair = RunDifference::Pair;

std::string text_of(const Json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void add_if_unlike(std::vector<Pair>& pairs, const std::string& name, const std::string& first,
                   const std::string& second) {
  if (first != second) pairs.push_back({name, first, second});
}

struct Stored {
  settings::Settings settings;
  Json manifest;
};

Stored read(const fs::path& folder) {
  std::error_code error;
  require<ErrorKind::data>(fs::is_directory(folder, error), folder.string(), ": found ",
                           fs::exists(folder, error) ? "a file" : "nothing", ", accepted: a run directory");
  const RunPaths paths(folder);
  for (const std::string& file : {paths.config(), paths.manifest(), paths.steps()})
    require<ErrorKind::data>(fs::is_regular_file(file, error), file,
                             ": found nothing, accepted: the file that a run has there");
  return {settings::load_settings(paths.config()), read_json(paths.manifest())};
}

void compare_settings(const settings::Settings& first, const settings::Settings& second, RunDifference& d) {
  const std::string &one = first.run.task, &other = second.run.task;
  for (const auto& row : settings::setting_rows(one)) {
    if (!row.stored) continue;
    add_if_unlike(row.changes_no_number ? d.idle_settings : d.settings, row.key, settings::text_of(first, row.key),
                  settings::text_of(second, row.key));
  }
  if (one == other) return;
  for (const auto& row : settings::setting_rows(other))  // those that the first task has not
    if (row.stored && settings::text_of(first, row.key).empty() && !row.changes_no_number)
      if (std::ranges::none_of(d.settings, [&](const Pair& p) { return p.name == row.key; }))
        add_if_unlike(d.settings, row.key, {}, settings::text_of(second, row.key));
}

// Of the manifest, what may change numbers; that of the machine's paths and times does not.
void compare_manifests(const Json& first, const Json& second, RunDifference& d) {
  for (const char* key : {"git_commit", "git_dirty", "version", "build_flags", "device", "cuda_libraries", "cpu_isa"})
    add_if_unlike(d.surroundings, key, text_of(first.value(key, Json())), text_of(second.value(key, Json())));
  const auto hash = [](const Json& manifest, const std::string& role) {
    for (const Json& file : manifest.value("data", Json::array()))
      if (file.value("role", "") == role) return file.value("sha256", "");
    return std::string();
  };
  for (const char* role : {"training", "validation", "test"})
    add_if_unlike(d.surroundings, std::string("sha256 of the ") + role + " data", hash(first, role),
                  hash(second, role));
}

// metrics.jsonl, an object at a time.
class Steps {
 public:
  explicit Steps(std::string path) : path_(std::move(path)), in_(path_, std::ios::binary) {}
  // The next whole line; a last one without its end is still being written.
  std::optional<Json> next() {
    std::string line;
    if (!std::getline(in_, line) || in_.eof()) return std::nullopt;
    ++count_;
    Json entry = Json::parse(line, nullptr, false);
    require<ErrorKind::data>(entry.is_object() && entry.contains("step"), path_, ": found no object of a step in line ",
                             count_, ", accepted: the lines that fno train writes");
    return entry;
  }
  [[nodiscard]] std::int64_t count() const { return count_; }

 private:
  std::string path_;
  std::ifstream in_;
  std::int64_t count_ = 0;
};

bool is_hash(const std::string& key) { return key == "weights_hash" || key == "tensors"; }

// Numbers of a step that differ where both runs logged them.
std::vector<Pair> unlike_numbers(const Json& first, const Json& second) {
  std::vector<Pair> pairs;
  for (const auto& [key, value] : first.items())
    if (key != "samples_per_second" && !is_hash(key) && second.contains(key) && value != second[key])
      pairs.push_back({key, text_of(value), text_of(second[key])});
  return pairs;
}

void compare_weights(const Json& first, const Json& second, std::int64_t step, RunDifference& d) {
  if (d.weights || !first.contains("weights_hash") || !second.contains("weights_hash")) return;
  ++d.hashed;
  if (first["weights_hash"] == second["weights_hash"]) {
    d.last_equal = step;
    return;
  }
  const Json one = first.value("tensors", Json::object()), other = second.value("tensors", Json::object());
  RunDifference::Weights weights{.step = step, .tensors = {}, .of = static_cast<std::int64_t>(one.size())};
  for (const auto& [name, hash] : one.items())
    if (other.value(name, Json()) != hash) weights.tensors.push_back(name);
  for (const auto& [name, hash] : other.items())
    if (!one.contains(name)) weights.tensors.push_back(name);
  d.weights = weights;
}

}  // namespace

RunDifference difference_of(const fs::path& first, const fs::path& second) {
  const Stored one = read(first), other = read(second);
  RunDifference d;
  compare_settings(one.settings, other.settings, d);
  compare_manifests(one.manifest, other.manifest, d);
  Steps a(RunPaths(first).steps()), b(RunPaths(second).steps());
  for (;;) {
    const std::optional<Json> x = a.next(), y = b.next();
    if (x && y) {
      ++d.compared;
      const std::int64_t step = x->value("step", std::int64_t{-1});
      if (!d.parts)
        if (const std::vector<Pair> numbers = unlike_numbers(*x, *y); !numbers.empty())
          d.parts = {step, x->value("epoch", std::int64_t{0}), numbers};
      compare_weights(*x, *y, step, d);
    }
    if (!x && !y) break;
  }
  d.steps[0] = a.count();
  d.steps[1] = b.count();
  return d;
}

}  // namespace fno::training
