PRAGMA application_id = 1751741548;
BEGIN TRANSACTION;
CREATE TABLE call (
    key INTEGER PRIMARY KEY,
    checkpoint INTEGER NOT NULL REFERENCES checkpoint ON DELETE CASCADE,
    task TEXT NOT NULL,
    name TEXT NOT NULL,
    result TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'done', about TEXT NOT NULL DEFAULT 'null',
    UNIQUE (checkpoint, task, name)
) STRICT;
INSERT INTO "call" VALUES(1,2,'0:refund','__main__.price:27b6c79168db2da0#0','{"order":1,"eur":40}','done','null');
INSERT INTO "call" VALUES(2,4,'0:refund','__main__.price:1c54af33ee7129c4#0','{"order":2,"eur":40}','done','null');
INSERT INTO "call" VALUES(3,6,'0:refund','__main__.price:59609ab39ff8c2f0#0','{"order":3,"eur":40}','done','null');
CREATE TABLE checkpoint (
    key INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL REFERENCES thread ON DELETE CASCADE,
    ns TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT,
    step INTEGER NOT NULL,
    source TEXT NOT NULL,
    created_at TEXT NOT NULL,
    budget INTEGER NOT NULL,
    frontier TEXT NOT NULL,
    changes TEXT,
    state TEXT
) STRICT;
INSERT INTO "checkpoint" VALUES(1,1,'','18ecf5b460c823270000a32333ff4d10',NULL,-1,'input','2026-11-30T23:15:06.480654+00:00',1004,'{"tasks":[["-1:__start__","__start__",-1]],"arrived":{},"deferred":[],"ran":[],"branch":"","stopped":[],"code":{}}',NULL,'{}');
INSERT INTO "checkpoint" VALUES(2,1,'','18ecf5b460c9e6650001246bfadb6818','18ecf5b460c823270000a32333ff4d10',0,'loop','2026-11-30T23:15:06.480752+00:00',887,'{"tasks":[["0:refund","refund",-1]],"arrived":{},"deferred":[],"ran":["__start__"],"branch":"","stopped":[],"code":{"refund":"py3.11-42e526484b2a40ae"}}','{"order":["=",1]}',NULL);
INSERT INTO "checkpoint" VALUES(3,2,'','18ecf5b462e8b39800029277fe05273a',NULL,-1,'input','2026-11-30T23:15:06.516339+00:00',1004,'{"tasks":[["-1:__start__","__start__",-1]],"arrived":{},"deferred":[],"ran":[],"branch":"","stopped":[],"code":{}}',NULL,'{}');
INSERT INTO "checkpoint" VALUES(4,2,'','18ecf5b462eaa880000398829a31cfb3','18ecf5b462e8b39800029277fe05273a',0,'loop','2026-11-30T23:15:06.516456+00:00',887,'{"tasks":[["0:refund","refund",-1]],"arrived":{},"deferred":[],"ran":["__start__"],"branch":"","stopped":[],"code":{"refund":"py3.11-42e526484b2a40ae"}}','{"order":["=",2]}',NULL);
INSERT INTO "checkpoint" VALUES(5,3,'','18ecf5b463150dd00004dbffca9f2f2e',NULL,-1,'input','2026-11-30T23:15:06.519241+00:00',1004,'{"tasks":[["-1:__start__","__start__",-1]],"arrived":{},"deferred":[],"ran":[],"branch":"","stopped":[],"code":{}}',NULL,'{}');
INSERT INTO "checkpoint" VALUES(6,3,'','18ecf5b463165da7000518ac9fd77970','18ecf5b463150dd00004dbffca9f2f2e',0,'loop','2026-11-30T23:15:06.519318+00:00',887,'{"tasks":[["0:refund","refund",-1]],"arrived":{},"deferred":[],"ran":["__start__"],"branch":"","stopped":[],"code":{"refund":"py3.11-42e526484b2a40ae"}}','{"order":["=",3]}',NULL);
INSERT INTO "checkpoint" VALUES(7,1,'','18ecf5b464eb82040006ad6b60e62dc8','18ecf5b460c9e6650001246bfadb6818',1,'loop','2026-11-30T23:15:06.550078+00:00',744,'{"tasks":[],"arrived":{},"deferred":[],"ran":["refund"],"seconds":0.000721,"branch":"","stopped":[],"code":{}}','{"note":["=","done"],"how":["=","approve"]}',NULL);
CREATE TABLE counter (
    fence INTEGER NOT NULL
) STRICT;
INSERT INTO "counter" VALUES(6);
CREATE TABLE decision (
    seq INTEGER PRIMARY KEY,
    thread_id TEXT NOT NULL,
    graph TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    ns TEXT NOT NULL,
    node TEXT NOT NULL,
    question TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    digest TEXT NOT NULL,
    answer TEXT NOT NULL,
    action TEXT NOT NULL,
    comment TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    given TEXT NOT NULL,
    displayed TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
INSERT INTO "decision" VALUES(1,'order-1','refund','18ecf5b460c9e6650001246bfadb6818','','refund','5f0e515d3fe8c3ed2700dd67198894b9','approval','{"request":"approval","question":"Refund 40 EUR?","risk":"low","draft":{"order":1,"eur":40}}','1a9e63ce79b43c34e125ed376c644f23503a1df0c4ff374df428fa00d2e0b7c1','{"action":"approve","value":{"order":1,"eur":40},"comment":"","reviewer":"ana","given":"code","at":"2026-11-30T23:15:06.530777+00:00"}','approve','','ana','code','null','2026-11-30T23:15:06.513649+00:00','2026-11-30T23:15:06.531219+00:00',1,'0000000000000000000000000000000000000000000000000000000000000000','157107452b85572d1de8c9dbd87c2e9e5a2448ad0bdae74049c3a7a042df5625');
INSERT INTO "decision" VALUES(2,'order-1','refund','18ecf5b460c9e6650001246bfadb6818','','refund','0d90e120facf2232cace0a3e97b7a625','raw','"A note?"','ab7058f254651eaa320ff75ca89e422a2ac81da6e8dcd6242bb36f7b155bd6f4','"done"','answer','','code','code','null','2026-11-30T23:15:06.535035+00:00','2026-11-30T23:15:06.541050+00:00',1,'157107452b85572d1de8c9dbd87c2e9e5a2448ad0bdae74049c3a7a042df5625','36806df6222134f6d37c1d691a842bfd3ef56a01814d3cf6ee066fb2a7eda486');
INSERT INTO "decision" VALUES(3,'order-2','refund','18ecf5b462eaa880000398829a31cfb3','','refund','540b665cdbcb2372be2ba1f6579238d5','approval','{"request":"approval","question":"Refund 40 EUR?","risk":"low","draft":{"order":2,"eur":40}}','232fb2cf5731281c25fc06d5a4e983b0491f566c4b53b35b049a7bb778a8e5d2','{"action":"reject","value":null,"comment":"no","reviewer":"bob","given":"code","at":"2026-11-30T23:15:06.551538+00:00"}','reject','no','bob','code','null','2026-11-30T23:15:06.517969+00:00','2026-11-30T23:15:06.551669+00:00',1,'36806df6222134f6d37c1d691a842bfd3ef56a01814d3cf6ee066fb2a7eda486','8c5da66bfe41b52caf9dfe0bd000a40337a266eef4e84aca5a08109041c59c1f');
CREATE TABLE mark (
    question INTEGER PRIMARY KEY REFERENCES question ON DELETE CASCADE,
    assigned TEXT NOT NULL,
    snoozed TEXT NOT NULL,
    draft TEXT NOT NULL
) STRICT;
INSERT INTO "mark" VALUES(3,'ana','','');
CREATE TABLE migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT;
INSERT INTO "migration" VALUES(1,'first','2026-11-30T23:15:06.465067+00:00');
INSERT INTO "migration" VALUES(2,'marks','2026-11-30T23:15:06.478144+00:00');
INSERT INTO "migration" VALUES(3,'calls_and_leases','2026-12-01T03:01:36.548897+00:00');
CREATE TABLE outcome (
    key INTEGER PRIMARY KEY,
    checkpoint INTEGER NOT NULL REFERENCES checkpoint ON DELETE CASCADE,
    task TEXT NOT NULL,
    outcome TEXT NOT NULL,
    error TEXT,
    UNIQUE (checkpoint, task)
) STRICT;
INSERT INTO "outcome" VALUES(1,1,'-1:__start__','{"outcome":{"updates":[[["order","+",1]]],"goto":[],"routed":true,"error":null,"attempts":1,"used":[]},"seen":null}',NULL);
INSERT INTO "outcome" VALUES(3,3,'-1:__start__','{"outcome":{"updates":[[["order","+",2]]],"goto":[],"routed":true,"error":null,"attempts":1,"used":[]},"seen":null}',NULL);
INSERT INTO "outcome" VALUES(5,5,'-1:__start__','{"outcome":{"updates":[[["order","+",3]]],"goto":[],"routed":true,"error":null,"attempts":1,"used":[]},"seen":null}',NULL);
INSERT INTO "outcome" VALUES(6,6,'0:refund','{"outcome":null,"seen":[],"code":"py3.11-42e526484b2a40ae"}',NULL);
INSERT INTO "outcome" VALUES(7,2,'0:refund','{"outcome":null,"seen":["5f0e515d3fe8c3ed2700dd67198894b9"],"code":"py3.11-42e526484b2a40ae"}',NULL);
INSERT INTO "outcome" VALUES(8,4,'0:refund','{"outcome":null,"seen":["540b665cdbcb2372be2ba1f6579238d5"],"code":"py3.11-42e526484b2a40ae"}',NULL);
CREATE TABLE question (
    key INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL REFERENCES thread ON DELETE CASCADE,
    checkpoint INTEGER NOT NULL REFERENCES checkpoint ON DELETE CASCADE,
    id TEXT NOT NULL,
    task TEXT NOT NULL,
    node TEXT NOT NULL,
    name TEXT,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    digest TEXT NOT NULL,
    schema TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    previous TEXT,
    attempts INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'open',
    decision INTEGER REFERENCES decision,
    UNIQUE (checkpoint, id)
) STRICT;
INSERT INTO "question" VALUES(1,1,2,'5f0e515d3fe8c3ed2700dd67198894b9','0:refund','refund',NULL,'approval','{"request":"approval","question":"Refund 40 EUR?","risk":"low","draft":{"order":1,"eur":40}}','1a9e63ce79b43c34e125ed376c644f23503a1df0c4ff374df428fa00d2e0b7c1','{"oneOf":[{"type":"object","properties":{"action":{"enum":["approve","edit"]},"value":{"additionalProperties":false,"properties":{"order":{"title":"Order","type":"integer"},"eur":{"title":"Eur","type":"integer"}},"required":["order","eur"],"title":"Fields","type":"object"},"comment":{"type":"string"}},"required":["action"]},{"type":"object","properties":{"action":{"enum":["reject"]},"comment":{"type":"string"}},"required":["action"]},{"type":"object","properties":{"action":{"enum":["respond"]},"value":{"type":"string"},"comment":{"type":"string"}},"required":["action"]}]}','2026-11-30T23:15:06.513649+00:00',NULL,1,'answered',1);
INSERT INTO "question" VALUES(2,2,4,'540b665cdbcb2372be2ba1f6579238d5','0:refund','refund',NULL,'approval','{"request":"approval","question":"Refund 40 EUR?","risk":"low","draft":{"order":2,"eur":40}}','232fb2cf5731281c25fc06d5a4e983b0491f566c4b53b35b049a7bb778a8e5d2','{"oneOf":[{"type":"object","properties":{"action":{"enum":["approve","edit"]},"value":{"additionalProperties":false,"properties":{"order":{"title":"Order","type":"integer"},"eur":{"title":"Eur","type":"integer"}},"required":["order","eur"],"title":"Fields","type":"object"},"comment":{"type":"string"}},"required":["action"]},{"type":"object","properties":{"action":{"enum":["reject"]},"comment":{"type":"string"}},"required":["action"]},{"type":"object","properties":{"action":{"enum":["respond"]},"value":{"type":"string"},"comment":{"type":"string"}},"required":["action"]}]}','2026-11-30T23:15:06.517969+00:00',NULL,1,'answered',3);
INSERT INTO "question" VALUES(3,3,6,'1e416aa098a0a7f5a69ede3177429f61','0:refund','refund',NULL,'approval','{"request":"approval","question":"Refund 40 EUR?","risk":"low","draft":{"order":3,"eur":40}}','e1e5403ed58f071daf794ad8c63731826ef359686ca682a0afc2aabf73fdc01c','{"oneOf":[{"type":"object","properties":{"action":{"enum":["approve","edit"]},"value":{"additionalProperties":false,"properties":{"order":{"title":"Order","type":"integer"},"eur":{"title":"Eur","type":"integer"}},"required":["order","eur"],"title":"Fields","type":"object"},"comment":{"type":"string"}},"required":["action"]},{"type":"object","properties":{"action":{"enum":["reject"]},"comment":{"type":"string"}},"required":["action"]},{"type":"object","properties":{"action":{"enum":["respond"]},"value":{"type":"string"},"comment":{"type":"string"}},"required":["action"]}]}','2026-11-30T23:15:06.520212+00:00',NULL,1,'open',NULL);
INSERT INTO "question" VALUES(4,1,2,'0d90e120facf2232cace0a3e97b7a625','0:refund','refund',NULL,'raw','"A note?"','ab7058f254651eaa320ff75ca89e422a2ac81da6e8dcd6242bb36f7b155bd6f4','null','2026-11-30T23:15:06.535035+00:00',NULL,1,'answered',2);
INSERT INTO "question" VALUES(5,2,4,'5dee297cafd64e513c1d30d46473224f','0:refund','refund',NULL,'raw','"A note?"','ab7058f254651eaa320ff75ca89e422a2ac81da6e8dcd6242bb36f7b155bd6f4','null','2026-11-30T23:15:06.557424+00:00',NULL,1,'open',NULL);
CREATE TABLE thread (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    graph TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    fence INTEGER NOT NULL DEFAULT 0,
    host TEXT,
    pid INTEGER,
    started TEXT,
    since TEXT,
    renewed_at TEXT
, renewals INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "thread" VALUES(1,'order-1','refund','done',NULL,'2026-11-30T23:15:06.480000+00:00','2026-11-30T23:15:06.550191+00:00',5,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "thread" VALUES(2,'order-2','refund','waiting',NULL,'2026-11-30T23:15:06.515958+00:00','2026-11-30T23:15:06.565924+00:00',6,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "thread" VALUES(3,'order-3','refund','waiting',NULL,'2026-11-30T23:15:06.519023+00:00','2026-11-30T23:15:06.520326+00:00',3,NULL,NULL,NULL,NULL,NULL,0);
CREATE UNIQUE INDEX checkpoint_by_id ON checkpoint (thread, ns, id);
CREATE INDEX checkpoint_by_age ON checkpoint (thread, ns);
CREATE INDEX decision_by_thread ON decision (thread_id);
CREATE TRIGGER decision_is_never_changed BEFORE UPDATE ON decision
BEGIN
    SELECT raise(ABORT, 'the decision log is never changed');
END;
CREATE TRIGGER decision_is_never_removed BEFORE DELETE ON decision
BEGIN
    SELECT raise(ABORT, 'the decision log is never shortened');
END;
CREATE INDEX question_by_id ON question (thread, id);
CREATE INDEX question_open ON question (key) WHERE status = 'open';
CREATE TRIGGER mark_goes_with_its_question AFTER UPDATE OF status ON question
WHEN new.status <> 'open'
BEGIN
    DELETE FROM mark WHERE question = new.key;
END;
COMMIT;
