#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/settings/settings.h"
#include "tools/settings/value.h"

namespace fno::settings {

/// What somebody asked for, before it is known whether the setting exists and takes such a value.
struct Request {
  std::string key;
  Origin origin;
  Value value;         ///< from a file: as TOML has it
  bool typed = false;  ///< from the command line or --set: `value` is the text as typed
  std::string kind;    ///< see FileEntry
};

/// The keys of a TOML file as requests.
[[nodiscard]] std::vector<Request> file_requests(const std::string& path);

/// The request of --set section.key=value. Errors: config, if there is no "=".
[[nodiscard]] Request set_request(const std::string& text);

/// Settings from requests in the order in which they were made: files, then --set, then flags, the strongest origin
/// winning and the later of two files. The rest takes the task's defaults. Everything that can be checked without the
/// data has been: names, kinds, ranges, required settings, rules between settings. Errors: config.
[[nodiscard]] Settings resolve(const std::vector<Request>& requests);

/// `resolve` of one file, such as a run's config.toml.
[[nodiscard]] Settings load_settings(const std::string& path);

/// `resolve` of the text of such a file; `name` begins the messages.
[[nodiscard]] Settings load_settings_text(const std::string& text, const std::string& name);

/// The settings of a task of which some are known by their texts (`to_text`), as a model file keeps them; the others
/// have their defaults, or nothing where they have none. `name` begins the messages. Errors: config.
[[nodiscard]] Settings settings_of_texts(const std::map<std::string, std::string>& texts, const std::string& name);

/// Rules between settings that need no data: warm-up < epochs where the schedule warms up, and what the task asks for.
/// Errors: config.
void check_together(const Settings& settings);

/// Flags and --set that have no effect beside the other settings, each as one line:
/// "--momentum acts only with --optimizer sgd"; and what the task adds. For a notice; not an error, so
/// that one line of flags can serve runs that differ in optimiser or architecture.
[[nodiscard]] std::vector<std::string> idle_requests(const Settings& settings);

/// The first setting that differs from the stored run and may not, or an empty text. A message for exit code 2:
/// "optim.batch_size: found 8, the stored run has 16; only ... may differ".
[[nodiscard]] std::string resume_conflict(const Settings& stored, const Settings& now);

}  // namespace fno::settings
