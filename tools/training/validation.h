#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "models/model.h"
#include "tools/training/loader.h"

namespace fno::training {

/// A loss of a prediction against a target, one number.
using LossFunction = std::function<Var(const Var& prediction, const Var& target)>;

/// What an epoch is judged by.
class Validation {
 public:
  virtual ~Validation() = default;
  /// val_loss first; further measures of the weights as they stand, by name, go into the history.
  struct Result {
    double val_loss = 0;
    std::vector<std::pair<std::string, double>> measures = {};
  };
  /// At the end of that epoch, from 0.
  [[nodiscard]] virtual Result run(int epoch) = 0;
};

/// val_loss alone: the mean loss over the samples of a sweep, gradients off. Batches count by their samples. The model
/// is owned elsewhere.
class SweepValidation : public Validation {
 public:
  SweepValidation(const Model& model, Sweep sweep, LossFunction loss)
      : model_(model), sweep_(std::move(sweep)), loss_(std::move(loss)) {}
  [[nodiscard]] Result run(int epoch) override;

 private:
  const Model& model_;
  Sweep sweep_;
  LossFunction loss_;
};

}  // namespace fno::training
