"""Every server that gets one thing wrong, by what that is."""

from contract_tests.verifying import wrong_reads as reads
from contract_tests.verifying import wrong_writes as writes
from contract_tests.verifying.wrong import Wrong

WRONG: dict[str, type[Wrong]] = {
    "drops a field": reads.DropsAField,
    "counts ids": reads.CountsIds,
    "sorts up only": reads.SortsUpOnly,
    "ignores a filter": reads.IgnoresAFilter,
    "gives page two twice": reads.GivesPageTwoTwice,
    "forgets a scope": reads.ForgetsAScope,
    "finds by id only": reads.FindsByIdOnly,
    "ignores an include": reads.IgnoresAnInclude,
    "ignores sorts": reads.IgnoresSorts,
    "ignores the second sort": reads.IgnoresTheSecondSort,
    "ignores cursors": reads.IgnoresCursors,
    "counts from tomorrow": reads.CountsFromTomorrow,
    "knows no form of one operator": reads.KnowsNoFormOfOne,
    "answers 201": writes.Answers201,
    "takes long titles": writes.TakesLongTitles,
    "keeps deleted tasks": writes.KeepsDeletedTasks,
    "loses a comment": writes.LosesAComment,
    "changes more than it should": writes.ChangesMore,
    "ignores a status": writes.IgnoresAStatus,
    "keeps an identifier": writes.KeepsAnIdentifier,
    "repeats secrets": writes.RepeatsSecrets,
    "counts bytes wrong": writes.CountsBytesWrong,
}
