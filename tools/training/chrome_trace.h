#pragma once

#include <string>
#include <vector>

#include "tools/training/step_profiler.h"

namespace fno::training {

/// Writes steps as a timeline in Chrome's trace event format, which Perfetto (ui.perfetto.dev) and chrome://tracing
/// open: a JSON array of complete events ("ph": "X"), ts and dur in microseconds from the start of the first step. They
/// lie within one another: step > batch, forward, backward, update > layer > job; a job's arguments are its bytes, flop
/// and percent of the roof. The processor of a GPU's host shows there as the gaps between jobs.
/// Source of the format: "Trace Event Format", Google, 2016. Errors: storage.
void write_chrome_trace(const std::string& path, const std::vector<StepSpan>& steps, const Roof& roof);

}  // namespace fno::training
