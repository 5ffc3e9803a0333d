#include "tools/training/validation.h"

namespace fno::training {

Validation::Result SweepValidation::run(int) {
  const NoGrad guard;
  double sum = 0;
  for (std::int64_t step = 0; step < sweep_.steps(); ++step) {
    const Batch batch = sweep_.batch(step);
    const Var value = loss_(model_.forward(Var(batch.x)), Var(batch.y));
    sum += value.value().item() * static_cast<double>(batch.samples.size());
  }
  return {sum / static_cast<double>(sweep_.samples())};
}

}  // namespace fno::training
