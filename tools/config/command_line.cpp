#include "tools/config/command_line.h"

#include <algorithm>
#include <array>

#include "framework/error.h"
#include "tools/config/arguments.h"
#include "tools/config/help.h"
#include "tools/config/resolve.h"
#include "tools/config/setting_table.h"
#include "tools/config/suggest.h"

namespace fno::config {
namespace {

using Arguments = std::span<const std::string>;

const CommandHelp kTrain{"train", "trains a network and leaves a run directory"};
const CommandHelp kEvaluate{"evaluate", "measures the network of a run on a file"};
const CommandHelp kDarcy{"simulate darcy", "makes data: steady flow through a two-valued random medium"};
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
  for (const Elsewhere& entry : elsewhere())
    if (entry.value.empty())
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

  std::vector<Request> requests;
  for (const Given& argument : given)
    if (argument.row->key == "config")
      for (Request& request : file_requests(argument.text)) requests.push_back(std::move(request));
  for (const Given& argument : given)
    if (argument.row->key == "set") requests.push_back(set_request(argument.text));
  for (const Given& argument : given)
    if (argument.row->key != "config" && argument.row->key != "set")
      requests.push_back({argument.row->key, {Origin::Source::flag, argument.label}, argument.text, true, {}});
  return resolve(requests);
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
    Entry{&kInspect, [](Arguments a) { return simple_command(kInspect, inspect_rows(), a); }},
    Entry{&kDevices, [](Arguments a) { return simple_command(kDevices, devices_rows(), a); }},
};

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
  const std::string where = prefix.empty() ? " where a command belongs" : " where the kind of data belongs";
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

}  // namespace fno::config
