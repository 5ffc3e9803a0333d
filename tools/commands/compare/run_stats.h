#pragma once

#include "tools/training/comparison.h"

namespace fno::compare {

/// The stats of a run for other programs (Stage A specification, section 6.5): val_loss_best, val_loss_final,
/// train_loss_final, has_nan, n_epochs, grad_norm_mean/max/min (of the epochs' means, only where logged), the scores of
/// the last weights that its task has for them (amp_mae …), and norm_weights_json. A run that failed has "error".
[[nodiscard]] Json stats_json(const training::RunRecord& run, const std::vector<training::Score>& scores);

/// norm_weights {tensor whose name contains "norm.weight": {mean, std, abs_max}}, norm_weight_near_zero (every |mean| <
/// 0.1; null without such tensors); "model_load_error" in place of both where the weights cannot be read.
[[nodiscard]] Json norm_weights_json(const training::RunRecord& run);

}  // namespace fno::compare
