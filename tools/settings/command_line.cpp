#include "tools/settings/command_line.h"

#include <algorithm>
#include <array>

#include "framework/error.h"
#include "tools/settings/arguments.h"
#include "tools/settings/help.h"
#include "tools/settings/resolve.h"
#include "tools/settings/setting_table.h"
#include "tools/settings/suggest.h"

namespace fno::settings {
namespace {

using Arguments = std::span<const std::string>;

const CommandHelp kTrain{"train", "trains a network and leaves a run directory"};
const CommandHelp kEvaluate{"evaluate", "measures the network of a run on a file"};
const CommandHelp kDarcy{"simulate darcy", "makes data: steady flow through a two-valued random medium"};
const CommandHelp kGridLines{"simulate grid-lines", "makes data: diffraction of random lines under a known probe"};
const CommandHelp kCompare{"compare", "trains several networks on one data set and lays their results side by side"};
const CommandHelp kStudy{"study stage-a", "the factorial study of stability; goes on where it stopped"};
const CommandHelp kReport{"report", "tables and figures from finished runs"};
const CommandHelp kPlan{"plan", "parameters, memory and work of a network; allocates nothing"};
const CommandHelp kInspect{"inspect", "shows what is inside a checkpoint, a data file or a run"};
const CommandHelp kDevices{"devices", "lists what this program can run on here, and why not on the others"};

std::vector<RowInfo> end_rows() {
  return {{.key = "help", .rule = toggle(), .help = "this page", .section = "Common"},
          {.key = "version", .rule = toggle(), .help = "the version", .section = "Common"}};
}

std::vector<RowInfo> with_end(std::vector<RowInfo> rows) {
  for (RowInfo& row : end_rows()) rows.push_back(std::move(row));
  return rows;
}

const Given* find(const std::vector<Given>& all, const std::string& key) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Given& g) { return g.row->key == key; });
  return found == all.end() ? nullptr : &*found;
}

// ---- commands whose flags are all they have ----

template <class Options>
Command simple_command(const CommandHelp& command, const std::vector<Row<Options>>& rows, Arguments arguments) {
  const std::vector<RowInfo> info = with_end(infos(rows));
  const std::vector<Given> given = read_arguments("fno " + command.name, info, arguments);
  if (find(given, "help") != nullptr) return HelpRequest{help_page(command, info)};
  if (find(given, "version") != nullptr) return VersionRequest{};
  Options options;
  for (const Row<Options>& row : rows) {
    if (const Given* argument = find(given, row.key)) {
      row.set(options, parse(row.rule, argument->text, argument->label));
    } else {
      require<ErrorKind::config>(!row.required, row.label(), ": found nothing, accepted: ", accepted(row.rule));
      if (!std::holds_alternative<std::monostate>(row.fallback)) row.set(options, row.fallback);
    }
  }
  if constexpr (requires { check_together(options); }) check_together(options);
  return options;
}

// ---- train: flags, --set and files ----

bool not_empty(const std::string& text) { return !text.empty(); }

std::vector<RowInfo> source_rows() {
  return {{.key = "config",
           .rule = text(not_empty, "a TOML file"),
           .help = "settings from a file; repeatable, a later file wins over an earlier one",
           .metavar = "FILE.toml",
           .section = "Run",
           .repeatable = true},
          {.key = "set",
           .rule = text(not_empty, "section.key=value"),
           .help = "one setting by its name in such a file; repeatable; wins over files, flags win over it",
           .metavar = "SECTION.KEY=VALUE",
           .section = "Run",
           .repeatable = true}};
}

// Rows only for reading: a flag of the contract that is not accepted here still takes its value, so that the refusal
// can name the reason once the task is known.
std::vector<RowInfo> elsewhere_rows() {
  std::vector<RowInfo> rows;
  for (const Elsewhere& entry : elsewhere(Task::operator_task))
    if (entry.value.empty() && entry.why.find("--task") == std::string::npos)
      rows.push_back({.key = entry.key,
                      .rule = entry.is_switch ? toggle() : text(not_empty, "a value"),
                      .refused = true,
                      .torch_prefix = true});
  return rows;
}

std::vector<RowInfo> train_rows(Task task) {
  std::vector<RowInfo> rows = source_rows();
  const std::vector<RowInfo> settings = infos(setting_rows(task));
  const auto first_of_others =
      std::find_if(settings.begin(), settings.end(), [](auto& r) { return r.section != "Run"; });
  rows.insert(rows.begin(), settings.begin(), first_of_others);
  rows.insert(rows.end(), first_of_others, settings.end());
  // Common flags close every page.
  std::stable_partition(rows.begin(), rows.end(), [](const RowInfo& row) { return row.section != "Common"; });
  return with_end(std::move(rows));
}

std::vector<Request> requests_of(const std::vector<Given>& given) {
  std::vector<Request> requests;
  for (const Given& argument : given)
    if (argument.row->key == "config")
      for (Request& request : file_requests(argument.text)) requests.push_back(std::move(request));
  for (const Given& argument : given)
    if (argument.row->key == "set") requests.push_back(set_request(argument.text));
  for (const Given& argument : given)
    if (argument.row->key != "config" && argument.row->key != "set")
      requests.push_back({argument.row->key, {Origin::Source::flag, argument.label}, argument.text, true, {}});
  return requests;
}

// "16,16"
std::vector<std::int64_t> extents(const std::string& text, const std::string& label) {
  std::vector<std::int64_t> result;
  std::size_t first = 0;
  while (first <= text.size()) {
    const std::size_t comma = std::min(text.find(',', first), text.size());
    result.push_back(std::get<std::int64_t>(parse(integer(1, 65536), text.substr(first, comma - first), label)));
    first = comma + 1;
  }
  require<ErrorKind::config>(result.size() <= 3, label, ": found ", result.size(), " axes, accepted: 1 to 3");
  return result;
}

std::string train_help() {
  std::string pages;
  for (std::size_t i = 0; i < kNames<Task>.size(); ++i) {
    const CommandHelp command{"train --task " + std::string(kNames<Task>[i]), kTrain.summary};
    std::vector<RowInfo> rows = train_rows(static_cast<Task>(i));
    for (RowInfo& row : rows) row.required = row.required && row.key != "run.task";
    pages +=
        help_page(command, rows,
                  "Flags under Model, Optimisation and Training, and --force, may carry the prefix --torch-.\n"
                  "In files and --set a flag is named section.flag with underscores, as config.toml of a run shows.\n");
  }
  return pages;
}

Command train_command(Arguments arguments) {
  std::vector<RowInfo> rows;
  for (std::size_t i = 0; i < kNames<Task>.size(); ++i)
    for (RowInfo& row : train_rows(static_cast<Task>(i)))
      if (std::none_of(rows.begin(), rows.end(), [&](const RowInfo& r) { return r.key == row.key; }))
        rows.push_back(std::move(row));
  for (RowInfo& row : elsewhere_rows()) rows.push_back(std::move(row));
  const std::vector<Given> given = read_arguments("fno train", rows, arguments);
  if (find(given, "help") != nullptr) return HelpRequest{train_help()};
  if (find(given, "version") != nullptr) return VersionRequest{};

  return resolve(requests_of(given));
}

// ---- compare and study: flags of their own beside those of train ----

template <class Options>
Command arms_command(const CommandHelp& command, const std::vector<Row<Options>>& rows, Arguments arguments) {
  std::vector<RowInfo> info = infos(rows);
  for (RowInfo& row : source_rows()) info.push_back(std::move(row));
  for (RowInfo& row : arm_training_rows()) info.push_back(std::move(row));
  std::stable_partition(info.begin(), info.end(), [](const RowInfo& row) { return row.section != "Common"; });
  info = with_end(std::move(info));
  const std::vector<Given> given = read_arguments("fno " + command.name, info, arguments);
  if (find(given, "help") != nullptr)
    return HelpRequest{help_page(command, info,
                                 "Flags under Model, Optimisation and Training may carry the prefix --torch-; without "
                                 "one of them fno train's\ndefaults for --task ptychography hold.\n")};
  if (find(given, "version") != nullptr) return VersionRequest{};
  Options options;
  std::vector<Given> training;
  for (const Given& argument : given)
    if (std::none_of(rows.begin(), rows.end(), [&](const auto& row) { return row.key == argument.row->key; }))
      training.push_back(argument);
  options.training = requests_of(training);
  for (const Row<Options>& row : rows) {
    if (const Given* argument = find(given, row.key)) {
      row.set(options, parse(row.rule, argument->text, argument->label));
    } else {
      require<ErrorKind::config>(!row.required, row.label(), ": found nothing, accepted: ", accepted(row.rule));
      if (!std::holds_alternative<std::monostate>(row.fallback)) row.set(options, row.fallback);
    }
  }
  (void)architectures_of(options);
  (void)seeds_of(options);
  check_together(static_cast<const GridLinesSettings&>(options));
  return options;
}

Command report_command(Arguments arguments) {
  std::vector<RowInfo> info{{.key = "output_dir",
                             .rule = path(),
                             .help = "folder for the page, tables and figures",
                             .metavar = "OUT",
                             .section = "Flags",
                             .required = true}};
  for (RowInfo& row : common_infos("")) info.push_back(std::move(row));
  info = with_end(std::move(info));
  std::vector<std::string> runs;
  Arguments rest = arguments;
  while (!rest.empty() && !rest.front().starts_with("-")) {
    runs.push_back(rest.front());
    rest = rest.subspan(1);
  }
  const std::vector<Given> given = read_arguments("fno report", info, rest);
  if (find(given, "help") != nullptr)
    return HelpRequest{help_page(kReport, info, "usage: fno report RUN … --output-dir OUT; the runs come first.\n")};
  if (find(given, "version") != nullptr) return VersionRequest{};
  require<ErrorKind::config>(!runs.empty(), "fno report: found no run, accepted: run directories, before the flags");
  ReportOptions options;
  options.runs = runs;
  const Given* folder = find(given, "output_dir");
  require<ErrorKind::config>(folder != nullptr, "--output-dir: found nothing, accepted: ", accepted(path()));
  options.output_dir = std::get<std::string>(parse(path(), folder->text, folder->label));
  for (const Row<ReportOptions>& row : common_rows<ReportOptions>())
    if (const Given* argument = find(given, row.key))
      row.set(options, parse(row.rule, argument->text, argument->label));
  return options;
}

// Flags of train; what only a run needs is made up, for nothing is read or written.
Command plan_command(Arguments arguments) {
  const std::vector<Row<PlanOptions>> own = plan_rows();
  std::vector<RowInfo> info = infos(own);
  info.push_back({.key = "grid",
                  .rule = text(not_empty, "1 to 3 numbers of points with commas between"),
                  .help = "points of each axis (--task operator)",
                  .metavar = "N,…",
                  .section = "Sizes"});
  for (std::size_t i = 0; i < kNames<Task>.size(); ++i)
    for (RowInfo& row : train_rows(static_cast<Task>(i)))
      if (std::none_of(info.begin(), info.end(), [&](const RowInfo& r) { return r.key == row.key; }))
        info.push_back(std::move(row));
  for (RowInfo& row : info) row.required = row.required && (row.key == "run.task" || row.key == "run.architecture");
  const std::vector<Given> given = read_arguments("fno plan", info, arguments);
  if (find(given, "help") != nullptr) return HelpRequest{help_page(kPlan, info)};
  if (find(given, "version") != nullptr) return VersionRequest{};
  std::vector<Given> training;
  PlanOptions options;
  for (const Given& argument : given) {
    const auto row = std::find_if(own.begin(), own.end(), [&](const auto& r) { return r.key == argument.row->key; });
    if (row != own.end())
      row->set(options, parse(row->rule, argument.text, argument.label));
    else if (argument.row->key == "grid")
      options.grid = extents(argument.text, argument.label);
    else
      training.push_back(argument);
  }
  std::vector<Request> requests = requests_of(training);
  for (const char* key : {"run.data", "run.output_dir"})
    if (std::none_of(requests.begin(), requests.end(), [&](const Request& r) { return r.key == key; }))
      requests.push_back({key, {Origin::Source::file, key}, "none", true, {}});
  options.settings = resolve(requests);
  static_cast<CommonOptions&>(options) = options.settings.run;
  return options;
}

// ---- which command ----

struct Entry {
  const CommandHelp* help;
  Command (*parse)(Arguments);
};

const std::array kCommands{
    Entry{&kTrain, train_command},
    Entry{&kEvaluate, [](Arguments a) { return simple_command(kEvaluate, evaluate_rows(), a); }},
    Entry{&kDarcy, [](Arguments a) { return simple_command(kDarcy, simulate_darcy_rows(), a); }},
    Entry{&kGridLines, [](Arguments a) { return simple_command(kGridLines, simulate_grid_lines_rows(), a); }},
    Entry{&kInspect, [](Arguments a) { return simple_command(kInspect, inspect_rows(), a); }},
    Entry{&kCompare, [](Arguments a) { return arms_command(kCompare, compare_rows(), a); }},
    Entry{&kStudy, [](Arguments a) { return arms_command(kStudy, study_rows(), a); }},
    Entry{&kReport, report_command},
    Entry{&kPlan, plan_command},
    Entry{&kDevices, [](Arguments a) { return simple_command(kDevices, devices_rows(), a); }},
};

// In the contract, and not in this version.
constexpr std::array<std::string_view, 2> kAbsent{"verify", "diff"};

// The commands whose name starts with `prefix`, which is empty or ends in a space.
std::vector<CommandHelp> commands_under(const std::string& prefix) {
  std::vector<CommandHelp> found;
  for (const Entry& entry : kCommands)
    if (entry.help->name.starts_with(prefix)) found.push_back(*entry.help);
  return found;
}

// What may stand behind `prefix`: the next word of each command there, once.
std::vector<std::string> next_words(const std::string& prefix) {
  std::vector<std::string> words;
  for (const CommandHelp& command : commands_under(prefix)) {
    const std::string word = command.name.substr(prefix.size(), command.name.find(' ', prefix.size()) - prefix.size());
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

Command dispatch(Arguments arguments, const std::string& prefix) {
  const std::string program = "fno" + (prefix.empty() ? "" : " " + prefix.substr(0, prefix.size() - 1));
  const std::string word = arguments.empty() ? "" : arguments.front();
  if (word == "--help" || word == "-h") return HelpRequest{overview(program, commands_under(prefix))};
  if (word == "--version") return VersionRequest{};
  const std::vector<std::string> words = next_words(prefix);
  const std::string where = prefix.empty()       ? " where a command belongs"
                            : prefix == "study " ? " where the name of a study belongs"
                                                 : " where the kind of data belongs";
  require<ErrorKind::config>(!prefix.empty() || std::find(kAbsent.begin(), kAbsent.end(), word) == kAbsent.end(),
                             "fno ", word, " is not offered by this version, accepted here: ", list(words));
  if (std::find(words.begin(), words.end(), word) == words.end()) {
    const auto near = close_name(word, words);
    fail(ErrorKind::config, program, ": found ",
         arguments.empty() ? "nothing"
         : word.empty()    ? "an empty text"
                           : printable(word),
         where, ", accepted here: ", list(words), prefix.empty() ? ", help, --help, --version" : ", --help, --version",
         near ? "; did you mean " + *near + "?" : "");
  }
  for (const Entry& entry : kCommands)
    if (entry.help->name == prefix + word) return entry.parse(arguments.subspan(1));
  return dispatch(arguments.subspan(1), prefix + word + " ");
}

}  // namespace

Command parse_command_line(std::span<const std::string> arguments) {
  if (arguments.empty() || arguments.front() != "help") return dispatch(arguments, "");
  std::vector<std::string> asked(arguments.begin() + 1, arguments.end());
  asked.push_back("--help");
  return dispatch(asked, "");
}

CommonOptions common_options(const Command& command) {
  struct Common {
    CommonOptions operator()(const CommonOptions& options) const { return options; }
    CommonOptions operator()(const Settings& settings) const { return settings.run; }
    CommonOptions operator()(const HelpRequest&) const { return {}; }
    CommonOptions operator()(const VersionRequest&) const { return {}; }
  };
  return std::visit(Common{}, command);
}

}  // namespace fno::settings
