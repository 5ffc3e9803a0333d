#pragma once

#include "tools/tasks/stage_a/tables.h"

namespace fno::stage_a {

/// The paragraphs and bullets of the findings' section "In one minute", numbers filled in; nothing without such a one.
[[nodiscard]] std::optional<report::Section> answer_section(const StudyFiles& files);

/// The registered runs: flat rates, comparisons, curves by epoch and by step, scales of layers, reconstructions of the
/// runs that have recon.npz; nothing while there is no row.
[[nodiscard]] std::optional<report::Section> full_section(const StudyFiles& files);

/// Levels of val_loss that labels hang on, as lines from x = 0 or 1 to `last`: learned, lost, a constant object.
void add_levels(report::Plot& plot, double last);

}  // namespace fno::stage_a
