#include "tools/train/task.h"

#include "tools/ptychography/task.h"
#include "tools/train/operator_task.h"

namespace fno::train {

std::unique_ptr<Task> make_task(config::Settings& settings, const Device& device) {
  if (settings.run.task == config::Task::operator_task) return std::make_unique<OperatorTask>(settings, device);
  return std::make_unique<ptychography::PtychographyTask>(settings, device);
}

}  // namespace fno::train
