#include "tools/settings/resolve.h"

#include <algorithm>
#include <map>

#include "framework/error.h"
#include "tools/settings/setting_table.h"
#include "tools/settings/suggest.h"
#include "tools/settings/toml_file.h"

namespace fno::settings {
namespace {

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

[[noreturn]] void refuse_key(const TaskTable& table, const Request& request) {
  const std::string& label = request.origin.label;
  if (const std::string why = why_not(table, request.key); !why.empty()) fail(ErrorKind::config, label, " ", why);
  const bool section = request.kind == kEmptySection;
  fail(ErrorKind::config, label, ": unknown ", section ? "section" : "key", "; did you mean ",
       section ? nearest_name(request.key, sections_of(table.rows)) : nearest_key(table.rows, request.key), "?");
}

// A section whose keys are all commented out asks for nothing.
bool is_empty_section(const Rows& rows, const Request& request) {
  const std::vector<std::string> sections = sections_of(rows);
  return request.kind == kEmptySection && std::find(sections.begin(), sections.end(), request.key) != sections.end();
}

Value take(const RowInfo& row, const Request& request) {
  const std::string& label = request.origin.label;
  if (request.typed) return parse(row.rule, std::get<std::string>(request.value), label);
  require<ErrorKind::config>(!std::holds_alternative<std::monostate>(request.value), label, ": found ", request.kind,
                             ", accepted: ", accepted(row.rule));
  return check(row.rule, request.value, label);
}

Value take(const TaskTable& table, const RowInfo& row, const Request& request) {
  const auto* text = std::get_if<std::string>(&request.value);
  if (text != nullptr && !text->empty())
    if (const std::string why = why_not(table, row.key, *text); !why.empty())
      fail(ErrorKind::config, request.origin.label, ": found ", *text, ", which ", why,
           ", accepted here: ", accepted(row.rule));
  return take(row, request);
}

const TaskTable& table_asked(const std::map<std::string, Request>& winners) {
  const RowInfo row{.key = "run.task", .rule = choice(names_in(task_tables()))};
  const auto found = winners.find(row.key);
  require<ErrorKind::config>(found != winners.end(), "--task: found nothing, accepted here: ", accepted(row.rule));
  return table_of(std::get<std::string>(take(row, found->second)));
}

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

  const TaskTable& table = table_asked(winners);
  // All requests, not only the winners: a wrong value in a file is an error even where a flag overrides it.
  for (const Request& request : requests) {
    if (is_empty_section(table.rows, request)) continue;
    const Row<Settings>* row = table.find(request.key);
    if (row == nullptr) refuse_key(table, request);
    (void)take(table, *row, request);
  }

  Settings settings;
  settings.task = table.own;
  for (const Row<Settings>& row : table.rows) {
    const auto winner = winners.find(row.key);
    if (winner != winners.end()) {
      row.set(settings, take(table, row, winner->second));
      settings.origins[row.key] = winner->second.origin;
    } else {
      require<ErrorKind::config>(!row.required, row.label(), ": found nothing, accepted: ", accepted(row.rule));
      if (!row.depends_on_run && !std::holds_alternative<std::monostate>(row.fallback)) row.set(settings, row.fallback);
    }
  }
  if (table.fill_defaults != nullptr) table.fill_defaults(settings);
  check_together(settings);
  return settings;
}

void check_together(const Settings& settings) {
  const ScheduleSettings& schedule = settings.optim.schedule;
  require<ErrorKind::config>(!settings.run.resume || !settings.run.force,
                             "--resume: found --force beside it, accepted: one of them");
  require<ErrorKind::config>(
      settings.train.precision != Precision::strict || settings.run.cuda_libraries == CudaLibraries::own,
      settings.label("train.precision"), ": found strict beside ", settings.label("run.cuda_libraries"), " ",
      name_of(settings.run.cuda_libraries), ", accepted with strict: own");
  require<ErrorKind::config>(schedule.kind != ScheduleKind::warmup_cosine || schedule.warmup < schedule.epochs,
                             settings.label("optim.lr_warmup_epochs"), ": found ", schedule.warmup,
                             " warm-up epochs in a run of ", schedule.epochs,
                             ", accepted: fewer than the epochs of the run");
  const TaskTable& table = table_of(settings.run.task);
  if (table.check != nullptr) table.check(settings);
}

Settings load_settings(const std::string& path) { return resolve(file_requests(path)); }

Settings load_settings_text(const std::string& text, const std::string& name) {
  return resolve(requests_of(read_toml_text(text, name)));
}

Settings settings_of_texts(const std::map<std::string, std::string>& texts, const std::string& name) {
  const auto task = texts.find("run.task");
  const TaskTable& table = table_of(task == texts.end() ? "" : task->second);
  Settings settings;
  settings.task = table.own;
  for (const Row<Settings>& row : table.rows) {
    const auto found = texts.find(row.key);
    if (found != texts.end() && !found->second.empty())
      row.set(settings, parse(row.rule, found->second, name + ": " + row.key));
    else if (!row.depends_on_run && !std::holds_alternative<std::monostate>(row.fallback))
      row.set(settings, row.fallback);
  }
  return settings;
}

std::vector<std::string> idle_requests(const Settings& settings) {
  std::vector<std::string> lines;
  const TaskTable& table = table_of(settings.run.task);
  for (const Row<Settings>& row : table.rows) {
    const auto origin = settings.origins.find(row.key);
    if (!row.acts || row.acts(settings) || origin == settings.origins.end()) continue;
    // A run's config.toml holds every setting, those that do not act included.
    if (origin->second.source == Origin::Source::file) continue;
    lines.push_back(origin->second.label + " acts only with " + row.only_with);
  }
  if (table.notices != nullptr)
    for (std::string& line : table.notices(settings)) lines.push_back(std::move(line));
  return lines;
}

std::string resume_conflict(const Settings& stored, const Settings& now) {
  const Rows& rows = setting_rows(stored.run.task);
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
