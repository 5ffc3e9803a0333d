// fno study stage-a: the factorial study of stability; its flags are those of tasks/stage_a/options.h.
#include "tools/commands/command.h"
#include "tools/tasks/stage_a/options.h"

namespace fno {

extern const Command kStudyStageA{
    .name = "study stage-a",
    .summary = "the factorial study of stability; goes on where it stopped",
    .flags = [] { return ptychography::arms_flags(settings::infos(stage_a::study_rows())); },
    .run =
        [](Call& call) {
          stage_a::StudyOptions options = stage_a::study_options(call.given);
          options.words = call.words;
          call.verbose = options.verbose;
          return stage_a::run_study(options);
        },
    .notes = ptychography::kArmsNotes};

}  // namespace fno
