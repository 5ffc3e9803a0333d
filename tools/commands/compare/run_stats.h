#pragma once

#include "tools/commands/compare/run_record.h"

namespace fno::compare {

/// The stats of a run for other programs (Stage A specification, section 6.5): val_loss_best, val_loss_final,
/// train_loss_final, has_nan, n_epochs, grad_norm_mean/max/min (of the epochs' means, only where logged), amp_mae,
/// phase_mae, amp_ssim, phase_ssim, amp_psnr, phase_psnr (last weights), norm_weights {tensor whose name contains
/// "norm.weight": {mean, std, abs_max}}, norm_weight_near_zero (every |mean| < 0.1; null without such tensors). A run
/// that failed has "error"; weights that cannot be read give "model_load_error" in place of the last two.
[[nodiscard]] training::Json stats_json(const RunRecord& run);

}  // namespace fno::compare
