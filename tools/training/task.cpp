#include "tools/training/task.h"

#include "tools/tasks/operator/operator_task.h"
#include "tools/tasks/ptychography/task.h"

namespace fno::training {

std::unique_ptr<Task> make_task(settings::Settings& settings, const Device& device) {
  if (settings.run.task == settings::Task::operator_task) return std::make_unique<OperatorTask>(settings, device);
  return std::make_unique<ptychography::PtychographyTask>(settings, device);
}

}  // namespace fno::training
