#include "tools/commands/compare/invocation.h"

#include <cctype>
#include <unistd.h>

#include "tools/files/atomic_file.h"
#include "tools/settings/setting_table.h"
#include "tools/training/build_info.h"
#include "tools/training/manifest.h"

namespace fno::compare {
namespace {

namespace fs = std::filesystem;
using training::Json;

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789./:=,+@%_-") == std::string::npos;
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

Json json_of(const settings::Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return nullptr;
}

}  // namespace

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + quoted(word);
  return line;
}

Invocation::Invocation(std::vector<std::string> words, std::string mode, Json parsed) : line_(shell_line(words)) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  json_ = {
      {"script", words.empty() ? "fno" : words.front()},
      {"argv", words},
      {"command", line_},
      {"parsed_args", std::move(parsed)},
      {"cwd", error ? "" : here.string()},
      {"timestamp_utc", training::utc_now()},
      {"pid", ::getpid()},
      {"extra",
       {{"runtime_provenance", {{"program", "fno"}, {"version", build::version()}, {"build", build::build_flags()}}},
        {"git_commit", build::git_commit()},
        {"git_dirty", build::git_dirty()},
        {"invocation_mode", std::move(mode)}}},
      {"status", "running"}};
}

void Invocation::write(const fs::path& folder) {
  make_folder(folder);
  json_["run_dir"] = folder.string();
  write_json(folder / "invocation.json", json_);
  write_file_atomic((folder / "invocation.sh").string(), "#!/bin/sh\n" + line_ + "\n");
}

void Invocation::finish(const fs::path& folder, int exit_code, const std::string& error) {
  json_["status"] = exit_code == 0 ? "completed" : "failed";
  json_["exit_code"] = exit_code;
  json_["finished_at_utc"] = training::utc_now();
  json_["error"] = error.empty() ? Json(nullptr) : Json(error);
  write(folder);
}

Json settings_json(const settings::Settings& settings) {
  Json json = Json::object();
  for (const auto& row : settings::setting_rows(settings.run.task))
    if (row.stored) json[row.key] = json_of(row.get(settings));
  return json;
}

Json randomness_json(const training::RunRecord& run, std::uint64_t noise_seed) {
  const Json seeds = run.manifest.value("seeds", Json::object());
  return {{"requested_seed", run.settings.run.seed},
          {"effective_seeds",
           {{"weights", seeds.value("weights", Json())},
            {"order", seeds.value("order", Json())},
            {"noise", noise_seed},
            {"objects", {{"train", 1}, {"test", 2}, {"validation", 3}}}}},
          {"deterministic", true},
          {"note",
           "the same bits again on the same device, with any number of CPU threads; another device or --cpu-isa gives "
           "other bits"}};
}

}  // namespace fno::compare
