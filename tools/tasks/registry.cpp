#include "tools/tasks/registry.h"

#include <algorithm>
#include <array>

#include "framework/error.h"
#include "tools/tasks/operator/operator_task.h"
#include "tools/tasks/ptychography/comparison.h"
#include "tools/tasks/ptychography/task.h"

namespace fno::tasks {
namespace {

template <class T>
std::unique_ptr<training::Task> make(settings::Settings settings, const Device& device) {
  return std::make_unique<T>(std::move(settings), device);
}

// One line a task.
constexpr std::array kTasks{
    Entry{settings::Task::operator_task, make<operators::OperatorTask>, operators::evaluate, operators::compare_runs},
    Entry{settings::Task::ptychography, make<ptychography::PtychographyTask>, ptychography::evaluate,
          ptychography::compare_runs}};

}  // namespace

const Entry& entry(std::string_view name) {
  const auto found = std::ranges::find(kTasks, name, &Entry::name);
  require<ErrorKind::config>(found != kTasks.end(), "found no task ", name);
  return *found;
}

const Entry& entry_of(const training::Checkpoint& checkpoint) {
  return entry(name_of(architecture_named(checkpoint.model.config.architecture).kind));
}

}  // namespace fno::tasks

namespace fno::training {

std::unique_ptr<Task> make_task(settings::Settings settings, const Device& device) {
  const tasks::Entry& task = tasks::entry(settings::name_of(settings.run.task));
  return task.make(std::move(settings), device);
}

}  // namespace fno::training
