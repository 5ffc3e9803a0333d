#include "tools/tasks/registry.h"

#include <algorithm>
#include <array>

#include "framework/error.h"
#include "tools/tasks/operator/inference.h"
#include "tools/tasks/operator/operator_task.h"
#include "tools/tasks/operator/settings.h"
#include "tools/tasks/ptychography/comparison.h"
#include "tools/tasks/ptychography/inference.h"
#include "tools/tasks/ptychography/settings.h"
#include "tools/tasks/ptychography/task.h"

namespace fno::tasks {
namespace {

template <class T>
std::unique_ptr<training::Task> make(settings::Settings settings, const Device& device) {
  return std::make_unique<T>(std::move(settings), device);
}

// One line a task.
constexpr std::array kTasks{Entry{"operator", operators::settings_table, make<operators::OperatorTask>,
                                  operators::evaluate, operators::predict, operators::compare_runs},
                            Entry{"ptychography", ptychography::settings_table, make<ptychography::PtychographyTask>,
                                  ptychography::evaluate, ptychography::predict, ptychography::compare_runs}};

}  // namespace

const Entry& entry(std::string_view name) {
  const auto found = std::ranges::find(kTasks, name, &Entry::name);
  require<ErrorKind::config>(found != kTasks.end(), "found no task ", name);
  return *found;
}

const Entry& entry_of(const training::TrainedNetwork& trained) { return entry(trained.settings.run.task); }

}  // namespace fno::tasks

namespace fno::settings {

std::span<const TaskTable> task_tables() {
  static const std::vector<TaskTable> tables = [] {
    std::vector<TaskTable> all;
    for (const tasks::Entry& entry : tasks::kTasks) all.push_back(entry.settings());
    const Rule names = choice(names_in(all));
    for (TaskTable& table : all) table.row("run.task").rule = names;
    return all;
  }();
  return tables;
}

}  // namespace fno::settings

namespace fno::training {

std::unique_ptr<Task> make_task(settings::Settings settings, const Device& device) {
  const tasks::Entry& task = tasks::entry(settings.run.task);
  return task.make(std::move(settings), device);
}

}  // namespace fno::training
