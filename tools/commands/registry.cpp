// The list of commands, and which of them a command line asks for.
#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/onnx/graph.h"
#include "tools/settings/help.h"
#include "tools/settings/suggest.h"
#include "tools/training/build_info.h"

namespace fno {

extern const Command kTrain, kEvaluate, kPredict, kExport, kSimulateDarcy, kSimulateBurgers, kSimulateNavierStokes,
    kSimulateGridLines, kInspect, kConvert, kCompare, kStudyStageA, kReport, kPlan, kVerify, kDiff, kDevices;

std::span<const Command* const> commands() {
  static const std::array all{&kTrain,
                              &kEvaluate,
                              &kPredict,
                              &kExport,
                              &kSimulateDarcy,
                              &kSimulateBurgers,
                              &kSimulateNavierStokes,
                              &kSimulateGridLines,
                              &kInspect,
                              &kConvert,
                              &kCompare,
                              &kStudyStageA,
                              &kReport,
                              &kPlan,
                              &kVerify,
                              &kDiff,
                              &kDevices};
  return all;
}

namespace {

using settings::RowInfo;

// The commands whose name starts with `prefix`, which is empty or ends in a space.
std::vector<settings::CommandHelp> commands_under(const std::string& prefix) {
  std::vector<settings::CommandHelp> found;
  for (const Command* command : commands())
    if (std::string_view(command->name).starts_with(prefix)) found.push_back({command->name, command->summary});
  return found;
}

// What may stand behind `prefix`: the next word of each command there, once.
std::vector<std::string> next_words(const std::string& prefix) {
  std::vector<std::string> words;
  for (const settings::CommandHelp& command : commands_under(prefix)) {
    const std::string word = command.name.substr(prefix.size(), command.name.find(' ', prefix.size()) - prefix.size());
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

std::string version_text() {
  const std::string onnx = onnx_version();
  return fmt::format("fno {} ({}{}; {})\nfiles: {}\nexport: {}\n", build::version(), build::git_commit(),
                     build::git_dirty() ? ", changed" : "", build::build_flags(), array_formats_text(),
                     onnx.empty() ? "none (absent: libonnx-dev and libprotobuf-dev)" : onnx);
}

std::string help_text(const Command& command) {
  if (command.help != nullptr) return command.help(command);
  return settings::help_page({command.name, command.summary}, with_end(command.flags()), command.notes);
}

Asked read_flags(const Command& command, std::span<const std::string> arguments) {
  std::vector<settings::Given> given =
      settings::read_arguments("fno " + std::string(command.name), with_end(command.flags()), arguments);
  if (settings::find(given, "help") != nullptr) return {.text = help_text(command)};
  if (settings::find(given, "version") != nullptr) return {.text = version_text()};
  return {.command = &command, .given = std::move(given), .text = {}};
}

[[noreturn]] void refuse_word(const std::string& program, const std::string& prefix, const std::string* word) {
  const std::vector<std::string> words = next_words(prefix);
  const std::string where = prefix.empty()       ? " where a command belongs"
                            : prefix == "study " ? " where the name of a study belongs"
                                                 : " where the kind of data belongs";
  const auto near = settings::close_name(word != nullptr ? *word : "", words);
  fail(ErrorKind::config, program, ": found ",
       word == nullptr ? "nothing"
       : word->empty() ? "an empty text"
                       : settings::printable(*word),
       where, ", accepted here: ", settings::list(words),
       prefix.empty() ? ", help, --help, --version" : ", --help, --version",
       near ? "; did you mean " + *near + "?" : "");
}

Asked dispatch(std::span<const std::string> arguments, const std::string& prefix) {
  const std::string program = "fno" + (prefix.empty() ? "" : " " + prefix.substr(0, prefix.size() - 1));
  if (arguments.empty()) refuse_word(program, prefix, nullptr);
  const std::string& word = arguments.front();
  if (word == "--help" || word == "-h") return {.text = settings::overview(program, commands_under(prefix))};
  if (word == "--version") return {.text = version_text()};
  for (const Command* command : commands())
    if (command->name == prefix + word) return read_flags(*command, arguments.subspan(1));
  const std::vector<std::string> words = next_words(prefix);
  if (std::find(words.begin(), words.end(), word) == words.end()) refuse_word(program, prefix, &word);
  return dispatch(arguments.subspan(1), prefix + word + " ");
}

}  // namespace

std::vector<RowInfo> with_end(std::vector<RowInfo> rows) {
  rows.push_back({.key = "help", .rule = settings::toggle(), .help = "this page", .section = "Common"});
  rows.push_back({.key = "version", .rule = settings::toggle(), .help = "the version", .section = "Common"});
  return rows;
}

Asked read_command_line(std::span<const std::string> arguments) {
  if (arguments.empty() || arguments.front() != "help") return dispatch(arguments, "");
  std::vector<std::string> asked(arguments.begin() + 1, arguments.end());
  asked.emplace_back("--help");
  return dispatch(asked, "");
}

}  // namespace fno
