#include "tools/settings/resolve.h"

#include <algorithm>
#include <map>

#include "framework/error.h"
#include "tools/settings/setting_table.h"
#include "tools/settings/suggest.h"
#include "tools/settings/toml_file.h"
#include "tools/settings/validate.h"

namespace fno::settings {
namespace {

using Rows = std::vector<Row<Settings>>;

const Row<Settings>* find_row(const Rows& rows, const std::string& key) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.key == key; });
  return found == rows.end() ? nullptr : &*found;
}

const Elsewhere* find_elsewhere(Task task, const std::string& key, const std::string& value) {
  for (const Elsewhere& entry : elsewhere(task))
    if (entry.key == key && entry.value == value) return &entry;
  return nullptr;
}

// Nearest by the whole key or by its last part, since the section is what people leave out.
std::string nearest_key(const Rows& rows, const std::string& key) {
  std::vector<std::string> keys, last_parts;
  for (const auto& row : rows) {
    keys.push_back(row.key);
    last_parts.push_back(row.key.substr(row.key.find('.') + 1));
  }
  const std::string whole = nearest_name(key, keys);
  const std::string part = key.substr(std::min(key.rfind('.') + 1, key.size()));
  const std::string last = nearest_name(part, last_parts);
  if (edit_distance(key, whole) <= edit_distance(part, last)) return whole;
  const auto at = std::find(last_parts.begin(), last_parts.end(), last) - last_parts.begin();
  return keys[static_cast<std::size_t>(at)];
}

std::vector<std::string> sections_of(const Rows& rows) {
  std::vector<std::string> sections;
  for (const auto& row : rows) {
    const std::string section = row.key.substr(0, row.key.find('.'));
    if (sections.empty() || sections.back() != section) sections.push_back(section);
  }
  return sections;
}

[[noreturn]] void refuse_key(Task task, const Rows& rows, const Request& request) {
  const std::string& label = request.origin.label;
  if (const Elsewhere* entry = find_elsewhere(task, request.key, "")) fail(ErrorKind::config, label, " ", entry->why);
  const bool section = request.kind == kEmptySection;
  fail(ErrorKind::config, label, ": unknown ", section ? "section" : "key", "; did you mean ",
       section ? nearest_name(request.key, sections_of(rows)) : nearest_key(rows, request.key), "?");
}

// A section whose keys are all commented out asks for nothing.
bool is_empty_section(const Rows& rows, const Request& request) {
  const std::vector<std::string> sections = sections_of(rows);
  return request.kind == kEmptySection && std::find(sections.begin(), sections.end(), request.key) != sections.end();
}

Value take(Task task, const RowInfo& row, const Request& request) {
  const std::string& label = request.origin.label;
  if (const auto* text = std::get_if<std::string>(&request.value); text != nullptr && !text->empty())
    if (const Elsewhere* entry = find_elsewhere(task, row.key, *text))
      fail(ErrorKind::config, label, ": found ", *text, entry->why.empty() ? "" : ", which " + entry->why,
           ", accepted here: ", accepted(row.rule));
  if (request.typed) return parse(row.rule, std::get<std::string>(request.value), label);
  require<ErrorKind::config>(!std::holds_alternative<std::monostate>(request.value), label, ": found ", request.kind,
                             ", accepted: ", accepted(row.rule));
  return check(row.rule, request.value, label);
}

Task find_task(const std::map<std::string, Request>& winners) {
  const auto found = winners.find("run.task");
  require<ErrorKind::config>(found != winners.end(),
                             "--task: found nothing, accepted here: ", accepted(names_of<Task>()));
  RowInfo row;
  row.key = "run.task";
  row.rule = names_of<Task>();
  Task task{};
  store(task, take(task, row, found->second));
  return task;
}

// A profile moves defaults; whatever was asked for stays.
void apply_profile(Rows& rows, const std::map<std::string, Request>& winners) {
  const auto profile = winners.find("train.study_profile"), architecture = winners.find("run.architecture");
  if (profile == winners.end() || architecture == winners.end()) return;
  StudyProfile which{};
  store(which, profile->second.value);
  const auto defaults = profile_defaults(which, std::get<std::string>(architecture->second.value));
  for (Row<Settings>& row : rows)
    if (const auto moved = defaults.find(row.key); moved != defaults.end()) row.fallback = moved->second;
}

}  // namespace

namespace {

std::vector<Request> requests_of(std::vector<FileEntry> entries) {
  std::vector<Request> requests;
  for (FileEntry& entry : entries)
    requests.push_back({std::move(entry.key),
                        {Origin::Source::file, std::move(entry.label)},
                        std::move(entry.value),
                        false,
                        std::move(entry.kind)});
  return requests;
}

}  // namespace

std::vector<Request> file_requests(const std::string& path) { return requests_of(read_toml(path)); }

Request set_request(const std::string& text) {
  const std::size_t equals = text.find('=');
  require<ErrorKind::config>(equals != std::string::npos, "--set: found ",
                             text.empty() ? "an empty text" : printable(text), ", accepted: section.key=value");
  const std::string key = text.substr(0, equals);
  return {key, {Origin::Source::set, "--set " + printable(key)}, text.substr(equals + 1), true, {}};
}

Settings resolve(const std::vector<Request>& requests) {
  std::map<std::string, Request> winners;
  for (const Request& request : requests) {
    const auto earlier = winners.find(request.key);
    if (earlier != winners.end() && earlier->second.origin.source > request.origin.source) continue;
    const bool twice = earlier != winners.end() && earlier->second.origin.source == request.origin.source &&
                       request.origin.source == Origin::Source::set;
    require<ErrorKind::config>(!twice, request.origin.label, ": found twice, accepted: each key once");
    winners[request.key] = request;
  }

  const Task task = find_task(winners);
  Rows rows = setting_rows(task);
  // All requests, not only the winners: a wrong value in a file is an error even where a flag overrides it.
  for (const Request& request : requests) {
    if (is_empty_section(rows, request)) continue;
    const Row<Settings>* row = find_row(rows, request.key);
    if (row == nullptr) refuse_key(task, rows, request);
    (void)take(task, *row, request);
  }
  apply_profile(rows, winners);

  Settings settings;
  for (const Row<Settings>& row : rows) {
    const auto winner = winners.find(row.key);
    if (winner != winners.end()) {
      row.set(settings, take(task, row, winner->second));
      settings.origins[row.key] = winner->second.origin;
    } else {
      require<ErrorKind::config>(!row.required, row.label(), ": found nothing, accepted: ", accepted(row.rule));
      if (!row.depends_on_run && !std::holds_alternative<std::monostate>(row.fallback)) row.set(settings, row.fallback);
    }
  }
  fill_dependent_defaults(settings);
  check_together(settings);
  return settings;
}

Settings load_settings(const std::string& path) { return resolve(file_requests(path)); }

Settings load_settings_text(const std::string& text, const std::string& name) {
  return resolve(requests_of(read_toml_text(text, name)));
}

std::vector<std::string> idle_requests(const Settings& settings) {
  std::vector<std::string> lines;
  for (const Row<Settings>& row : setting_rows(settings.run.task)) {
    const auto origin = settings.origins.find(row.key);
    if (row.acts == nullptr || row.acts(settings) || origin == settings.origins.end()) continue;
    // A run's config.toml holds every setting, those that do not act included.
    if (origin->second.source == Origin::Source::file) continue;
    lines.push_back(origin->second.label + " acts only with " + row.only_with);
  }
  // A profile's own default, not somebody's wish; the plateau's rate follows val_loss and is never frozen.
  const ScheduleSettings& schedule = settings.optim.schedule;
  const auto asked = settings.origins.find("optim.scheduler");
  if (asked != settings.origins.end() && asked->second.source != Origin::Source::file && settings.train.study_profile &&
      schedule.mode == ScheduleMode::frozen_first_value && !settings.given("optim.schedule_mode") &&
      (schedule.kind == ScheduleKind::exponential || schedule.kind == ScheduleKind::warmup_cosine))
    lines.push_back(asked->second.label + " " + std::string(name_of(schedule.kind)) + ": --study-profile " +
                    std::string(name_of(*settings.train.study_profile)) +
                    " keeps the rate of the first epoch; the schedule acts with --schedule-mode stepped");
  return lines;
}

std::string resume_conflict(const Settings& stored, const Settings& now) {
  const Rows rows = setting_rows(stored.run.task);
  std::vector<std::string> free;
  for (const auto& row : rows)
    if (row.may_differ_on_resume) free.push_back(row.name());
  for (const auto& row : rows) {
    const Value before = row.get(stored), after = row.get(now);
    if (row.may_differ_on_resume || before == after) continue;
    const auto words = [](const Value& value) {
      return std::holds_alternative<std::monostate>(value) ? "nothing" : printable(to_text(value));
    };
    return row.key + ": found " + words(after) + ", the stored run has " + words(before) +
           "; may differ: " + list(free);
  }
  return {};
}

}  // namespace fno::settings
