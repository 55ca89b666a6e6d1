"""The sentences of the core. Written by packaging/core_sentences.py, not by hand."""

from PySide6.QtCore import QT_TRANSLATE_NOOP

_MARKED = (
    QT_TRANSLATE_NOOP("Core", " (process {pid})"),
    QT_TRANSLATE_NOOP("Core", "A cell of {name} has more than {most:,} characters. Shorten it."),
    QT_TRANSLATE_NOOP(
        "Core",
        "A dump of PostgreSQL is read by PostgreSQL's own tool, and pg_restore was not found "
        "here. Install PostgreSQL's client, then restore.",
    ),
    QT_TRANSLATE_NOOP("Core", "A file in {folder}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "A ledger on PostgreSQL is backed up by PostgreSQL's own tool, and pg_dump was not "
        "found here. Install PostgreSQL's client, or run where it is: {command}",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "A worker is alive: {who}. Stop every worker, then restore; one that was killed on "
        "another machine counts as alive for 15 seconds.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "A worker sends from this ledger (process {pid} on {host}). Stop every window, server "
        "and worker first, then set the new key.",
    ),
    QT_TRANSLATE_NOOP("Core", "All messages that are left wait for a time of their own."),
    QT_TRANSLATE_NOOP("Core", "All rows of {name} are hidden. Show the rows you need and save it."),
    QT_TRANSLATE_NOOP("Core", "An account with the id {id} exists already. Choose another id."),
    QT_TRANSLATE_NOOP(
        "Core",
        "An earlier version of wa-desktop still sends from this ledger (process {pid} on "
        "{host}), and could not read the access tokens as this version stores them. Stop every "
        "window, server and worker of that version, then start again. Nothing was changed. One "
        "that was killed counts as running for 15 seconds.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Another action on this campaign is still being carried out. Wait for it.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Another program (a window, a server, a command) has the ledger open. Close it, then "
        "restore.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Another program holds the ledger locked. Nothing is lost: sending goes on by itself "
        "once it is free; a command must be given again.",
    ),
    QT_TRANSLATE_NOOP("Core", "Another program holds the ledger locked. Try again."),
    QT_TRANSLATE_NOOP(
        "Core",
        "Another program is opening, upgrading or restoring this ledger. Try again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Another program is upgrading this ledger. Wait until it is done and start again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Another program is writing a backup into {folder}. Wait until it is done.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Another program uses the queue's key. Give wa-desktop a Redis database.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Another wa-desktop (process {pid}) already sends from this data folder. Use that one, "
        "or close it first.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Another wa-desktop already sends from this data folder. Use that one, or close it first.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "At most {most} messages can be chosen one by one. Choose by state instead.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Cell {cell} of {name} is a formula without a saved result. Open the file in a "
        "spreadsheet program, save it there and choose it again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Code {code} means that the recipient said stop. Lift these numbers one by one, and "
        "only for people who asked to hear from you again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Copy the file secret.key from the data folder of the machine that stored the tokens to "
        "{path}.",
    ),
    QT_TRANSLATE_NOOP("Core", "Correct its settings."),
    QT_TRANSLATE_NOOP(
        "Core",
        "DATABASE_URL cannot be used ({reason}). Write it as "
        "postgresql://user:password@host:port/database.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "DATABASE_URL leads to a connection pooler that gives each transaction another session "
        "(transaction or statement mode), which wa-desktop cannot use safely. Name PostgreSQL "
        "itself, or set pool_mode = session for this database.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Everything in {name} is hidden: its sheets, rows or columns. Show what is to be used "
        "and save the workbook, or include hidden rows.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "In line {line:,} of {name} a cell begins with a quotation mark that is never closed, "
        "or is longer than {most:,} characters. Correct that line, or read quotation marks as "
        "plain characters (quoting=none).",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "In line {line:,} of {name} a cell is longer than {most:,} characters. Correct that line.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "In line {line:,} of {name} a quotation mark opens a cell that ends in line {end:,} and "
        "may hold other rows. Correct these lines, or read quotation marks as plain characters "
        "(quoting=none).",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "In line {line:,} of {name} a quotation mark opens a cell, and the one that would close "
        "it, in line {end:,}, is followed by other text. Correct these lines, or read quotation "
        "marks as plain characters (quoting=none).",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "In line {line:,} of {name} the quotation mark that closes a cell is followed by other "
        "text. Correct that line, or read quotation marks as plain characters (quoting=none).",
    ),
    QT_TRANSLATE_NOOP("Core", "In several campaigns: {reason}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "It cannot save to its disk. Free space there, or correct its settings.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "It is a read-only replica. Set REDIS_URL to the primary, or make this one the primary.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "It is full. Raise its maxmemory, or delete what other programs left in it.",
    ),
    QT_TRANSLATE_NOOP("Core", "It is night where the recipients are."),
    QT_TRANSLATE_NOOP("Core", "It starts at its time."),
    QT_TRANSLATE_NOOP("Core", "It was in doubt, and a person had it sent again."),
    QT_TRANSLATE_NOOP("Core", "It was in doubt, and a person took it for sent."),
    QT_TRANSLATE_NOOP("Core", "It was in doubt, and the campaign's rule has it sent again."),
    QT_TRANSLATE_NOOP("Core", "It was in doubt, and the campaign's rule takes it for sent."),
    QT_TRANSLATE_NOOP("Core", "It was paused. Start it to go on."),
    QT_TRANSLATE_NOOP("Core", "It was paused: {reason}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "It was to start at {when}, while nothing ran. Start it if you still want it, or set "
        "another time.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "It was to start, while nothing ran. Start it if you still want it, or set another time.",
    ),
    QT_TRANSLATE_NOOP("Core", "Its messages are being prepared."),
    QT_TRANSLATE_NOOP(
        "Core",
        "Its user lacks a permission. Allow the commands LPUSH, BRPOP, EXPIRE, DEL and INFO on "
        "the keys huey.*.",
    ),
    QT_TRANSLATE_NOOP("Core", "Known after all: the worker that had sent it went on."),
    QT_TRANSLATE_NOOP(
        "Core",
        "Line {line:,} of {name} cannot be the header: it is blank, hidden, or too far below. "
        "The first lines with content: {lines}.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Line {line:,} of {name} may name the columns, but holds bytes that do not fit the "
        "encoding. Correct that line, or say which encoding the file has.",
    ),
    QT_TRANSLATE_NOOP("Core", "Line {start:,} of {name} is broken: {error}."),
    QT_TRANSLATE_NOOP("Core", "No access token is stored for this account. Enter the token."),
    QT_TRANSLATE_NOOP("Core", "No backup was made, for the copy is of no use: {error}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "No column with phone numbers was found. Columns in the file: {columns}. Add one, or "
        "say which column holds the numbers.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "No connection to {address}. Check the network and the account's apiBaseUrl.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "No program sends now. Start the window, `wa-desktop worker` or `wa-desktop serve`.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "No row of {name} fits its encoding. Say which encoding it has, or save it as UTF-8.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "None of the old keys given here is the key of this ledger. Nothing was changed. Give "
        "the right one; if it is lost, give up the stored tokens: wa-desktop key set "
        "--forget-tokens.",
    ),
    QT_TRANSLATE_NOOP("Core", "None of the recipients can be used."),
    QT_TRANSLATE_NOOP("Core", "Not sent: left out until that is lifted. {cause}"),
    QT_TRANSLATE_NOOP("Core", "Not sent: left out until {day}. {cause}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "Not sent: this person is in the campaign already, under another number.",
    ),
    QT_TRANSLATE_NOOP("Core", "Not started: its start at {when} was missed by {late}."),
    QT_TRANSLATE_NOOP(
        "Core",
        "Of {doubts} of the last {seen} messages it is unknown whether they were sent. Check "
        "the connection to the provider, settle what is in doubt, then go on.",
    ),
    QT_TRANSLATE_NOOP("Core", "Only messages that are {allowed} can be sent again."),
    QT_TRANSLATE_NOOP("Core", "Other campaigns of the account take all of its requests in flight."),
    QT_TRANSLATE_NOOP(
        "Core",
        "PostgreSQL at {server} cannot be used ({reason}). Correct DATABASE_URL.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "PostgreSQL at {server} cannot be used ({reason}). Start it, or correct DATABASE_URL. "
        "Nothing is lost meanwhile.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "PostgreSQL does not let this user make, read or change the ledger's tables ({reason}). "
        "Make the user the owner of the database and of all tables in it.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Recipients are being added to the campaign. Wait until that is done.",
    ),
    QT_TRANSLATE_NOOP("Core", "Recipients can be added to a draft only; this campaign is {state}."),
    QT_TRANSLATE_NOOP("Core", "Redis"),
    QT_TRANSLATE_NOOP(
        "Core",
        "Redis keeps no append-only file, so a restart empties its queues. Set appendonly yes. "
        "No message is lost meanwhile, but some come late.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Redis refuses jobs ({reason}). {remedy} Nothing is lost: the ledger keeps all work, "
        "and sending goes on without the queue until then.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Redis throws jobs away when it is full (maxmemory-policy is {policy}). Set it to "
        "noeviction. No message is lost meanwhile, but some come late.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Row {number:,} of {name} has a formula without a saved result. Open it in a "
        "spreadsheet program and save it.",
    ),
    QT_TRANSLATE_NOOP("Core", "Sandbox"),
    QT_TRANSLATE_NOOP("Core", "Say which suppressions to lift: by code, by campaign or by number."),
    QT_TRANSLATE_NOOP("Core", "Sending stopped by a fault of the program: {error}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "Set WA_SECRET_KEY to the value that it has on the machine that stored the tokens.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Something else in the database stands on the ledger's tables ({reason}). Drop it, "
        "restore, then make it again. The ledger is as it was.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Start without WA_SECRET_KEY and with the secret.key of the machine that stored the "
        "tokens, or make WA_SECRET_KEY the ledger's key with: wa-desktop key set.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "Started {late} late. At {when} the program was not running or the computer was asleep.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The access token is wrong or has expired. Make a new one and enter it.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The access token lacks the rights for this number. Give it whatsapp_business_messaging "
        "and whatsapp_business_management, then try again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The access token was deleted, because the key that it was stored with is lost. Enter "
        "the token again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The access tokens in this ledger were stored with a WA_SECRET_KEY, which is not set here.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The access tokens in this ledger were stored with a key file, but WA_SECRET_KEY is set "
        "here.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The access tokens in this ledger were stored with another key, and there is no key "
        "file {path} here.",
    ),
    QT_TRANSLATE_NOOP("Core", "The account cannot send: {problems}."),
    QT_TRANSLATE_NOOP("Core", "The account has reached its most recipients in 24 hours."),
    QT_TRANSLATE_NOOP("Core", "The account has sent what its warm-up plan allows today."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The account still has campaigns. Delete them first, then the account.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The account {name} is stopped: {why} Enter a new token, then resume the account.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The account {name} is stopped: {why} Resume the account when the cause is gone.",
    ),
    QT_TRANSLATE_NOOP("Core", "The account's rate limit gives the next message its time."),
    QT_TRANSLATE_NOOP("Core", "The backup could not be written ({reason})."),
    QT_TRANSLATE_NOOP("Core", "The call to {address} broke off. Try again in a minute."),
    QT_TRANSLATE_NOOP("Core", "The campaign has no recipients. Add some, then start it."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The campaign is scheduled for {when} already. To start it now, say so: `--now`, or "
        "`now` over HTTP.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The campaign is still being copied; the copy would lack the rest. Wait until a program "
        "that sends has done it, then delete the campaign.",
    ),
    QT_TRANSLATE_NOOP("Core", "The campaign is {state} already and cannot be started."),
    QT_TRANSLATE_NOOP("Core", "The campaign is {state}, so it cannot become {target}."),
    QT_TRANSLATE_NOOP("Core", "The campaign is {state}. Pause it first, or force it."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The campaign is {state}; nothing more can be done with its messages.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The campaign is {state}; only its priority can be changed now. Pause it first.",
    ),
    QT_TRANSLATE_NOOP("Core", "The campaign is {state}; there is nothing to pause."),
    QT_TRANSLATE_NOOP("Core", "The campaign was cancelled."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The campaign's time is over, so its messages would be skipped at once. Copy it into a "
        "new campaign.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The campaign's time is over, so its messages would be skipped at once. Let it end "
        "later, or never, then start it.",
    ),
    QT_TRANSLATE_NOOP("Core", "The campaign's time was over before this message could go out."),
    QT_TRANSLATE_NOOP("Core", "The clock was set."),
    QT_TRANSLATE_NOOP("Core", "The copy {name} does not hold what the ledger holds."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The data came from a backup. Since then messages may have gone out: check, then start it.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The data folder {home} cannot be used ({reason}). Set WA_DESKTOP_HOME to a folder that "
        "can be written.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The database holds some tables of a ledger but not all ({missing} is missing). Choose "
        "an empty database, or drop them if nobody needs them.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The database lacks its last changes (about {seconds} s), as after a failover to a "
        "standby that was behind. Nothing is sent, because messages that went out could be sent "
        "again. Start every worker that ran before, so that it reports what it sent; check what "
        "was changed last (campaigns, opt-outs); then confirm: `wa-desktop confirm-ledger`, or "
        "the button in the window.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The database lacks its last changes. Nothing is sent until a person confirms it: "
        "`wa-desktop confirm-ledger`, or the button in the window.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The database went back to a state before the message was sent; whether it arrived is "
        "unknown.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The database {name} has the encoding {encoding}, which cannot keep every text. Make "
        "another one (createdb --template=template0 --encoding=UTF8) and name it in "
        "DATABASE_URL.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The delimiter must be one character, such as a comma or a semicolon.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The disk of the PostgreSQL server is full. Nothing was lost; free some space there and "
        "go on.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The disk of the database is full. The ledger is as it was; free some space.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The disk that holds the ledger is full. Nothing was lost; free some space and go on.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The disk that holds {folder} is full, so no copy was made. The ledger is unharmed; "
        "free some space, or choose a folder on another disk.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The disk that holds {home} is full. Free some space and start again.",
    ),
    QT_TRANSLATE_NOOP("Core", "The dump"),
    QT_TRANSLATE_NOOP(
        "Core",
        "The encoding of {name} was not recognised. Save it as UTF-8, or say which it is.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The file {file} cannot be used ({reason}). Let this user read and write it and its "
        "folder.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The folder {folder} cannot be used ({reason}). Choose one that can be read and written.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The key file {path} is damaged. Restore it from a backup. If there is none, remove the "
        "file and give up the stored tokens: wa-desktop key set --forget-tokens.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The key file {path} is not the key that the access tokens in this ledger need.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The latest good backup is {name}, of {taken} UTC. Restore it with: wa-desktop restore "
        "{file}",
    ),
    QT_TRANSLATE_NOOP("Core", "The ledger answered too late; the message waits for its next turn."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger could not be brought to this version: the migration {migration} failed "
        "({reason}). Nothing was changed. Go on with the version of wa-desktop that you had "
        "before, and report this.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger does not answer. Another program may hold it locked, or its disk or server "
        "is overloaded. Sending goes on as soon as it does.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger is open elsewhere: {who}. Close every window, server, worker and other "
        "program that uses the database, then restore.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger is out of reach ({reason}), and whether it stored the last change is "
        "unknown. Sending goes on by itself once it is back; before a command is given again, "
        "look whether it was carried out.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger is out of reach ({reason}). Nothing is lost: sending goes on by itself once "
        "it is back; a command must be given again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger was copied or moved while the message was on its way; whether it arrived is "
        "unknown.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger was copied or moved. Another copy may have sent its messages: check, then "
        "start it.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger was not brought to this version, since no copy of it could be made first: "
        "{error} If you have a copy of your own, start once with WA_UPGRADE_WITHOUT_BACKUP=1. "
        "The version of wa-desktop from before still works.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger was restored from a copy taken while the message was on its way; whether it "
        "arrived is unknown.",
    ),
    QT_TRANSLATE_NOOP("Core", "The ledger {path} is damaged ({what}). {advice}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger's file is damaged. Restore the latest backup with `wa-desktop restore "
        "FILE`, or move the file away to begin with an empty ledger.",
    ),
    QT_TRANSLATE_NOOP("Core", "The ledger's file is read-only. Make it writable and start again."),
    QT_TRANSLATE_NOOP("Core", "The ledger's file {file} cannot be looked at ({reason})."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger's file {path} is read-only. Make it writable and start again. Nothing in it "
        "is lost. {advice}",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger's folder {folder} cannot be made ({reason}). Choose a folder that can be "
        "written.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger's folder {folder} cannot be read ({reason}). Let this user read it.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger's folder {path} is read-only. Make it writable and start again. Nothing in "
        "it is lost. {advice}",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger's key was changed while this program was running. Start the program again "
        "with the new key. Nothing was changed.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The ledger's tables lie in the schema {schema}, and only the schema public is backed "
        "up and restored. Set search_path = public for the user, or move the tables there: "
        "ALTER TABLE … SET SCHEMA public.",
    ),
    QT_TRANSLATE_NOOP("Core", "The log says why."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The message can be made for none of the recipients. {reason} Correct the message, or "
        "say what stands in for a missing value: {example}",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The message can be made for none of the recipients. {reason} Correct the message.",
    ),
    QT_TRANSLATE_NOOP("Core", "The program ended while the message was on its way."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The program ended while the message was on its way; whether it arrived is unknown.",
    ),
    QT_TRANSLATE_NOOP("Core", "The program failed while the message was on its way."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The provider holds back {count} messages, and the campaign is set to pause after "
        "{most}. Wait until they are delivered, then start it again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The provider holds messages back while it watches how the first ones are received, "
        "then sends or drops them by itself. This is usual for a new template, and for a "
        "business that has sent few messages so far.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The provider knows no phone number with the id {id}, or the token may not see it. Copy "
        "the id from the WhatsApp Manager.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The provider lets the business send nothing while it reviews it (code {code}). Read "
        "the notice in the Meta Business Suite, and resume the account once the review is over. "
        "Nothing is lost.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The provider of {accounts} cannot be reached ({reason}). Nothing is lost and no "
        "attempt is spent; it is tried again every few seconds.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The provider rates the quality of this number RED: too many people blocked or reported "
        "it. It can send still, and may soon be restricted. Write only to people who expect it. "
        "A campaign that runs is held up once for this.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The provider rates the quality of this number RED: too many people blocked or reported "
        "it. Write to people who expect it, wait until the rating rises, then resume.",
    ),
    QT_TRANSLATE_NOOP("Core", "The provider refused the check (code {code}): {said}"),
    QT_TRANSLATE_NOOP(
        "Core",
        "The provider took the message and holds it back for now. It watches how the first ones "
        "are received, then sends or drops the rest by itself. There is nothing to do.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The provider's message history holds this message: its doubt is over.",
    ),
    QT_TRANSLATE_NOOP("Core", "The provider's message history says that it failed, and not why."),
    QT_TRANSLATE_NOOP("Core", "The queue of campaigns is paused. Resume it."),
    QT_TRANSLATE_NOOP("Core", "The queue of messages is paused. Resume it."),
    QT_TRANSLATE_NOOP("Core", "The queue's file"),
    QT_TRANSLATE_NOOP(
        "Core",
        "The queue's file {file} cannot be used ({error}). It holds nothing that matters: "
        "delete it and start again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The reading of {name} ended before it was done: its process was ended, perhaps for "
        "want of memory. Nothing was taken from the file; try again.",
    ),
    QT_TRANSLATE_NOOP("Core", "The reading of {name} was cancelled."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The recipient's text is {error}, an error of the spreadsheet. Correct the file.",
    ),
    QT_TRANSLATE_NOOP("Core", "The recipients came too slowly and were given up. Add them again."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The recipients were written to lately, and the cool-down lets them rest.",
    ),
    QT_TRANSLATE_NOOP("Core", "The same error came {times} times in a row. {cause}"),
    QT_TRANSLATE_NOOP("Core", "The sandbox cannot send: {problems}."),
    QT_TRANSLATE_NOOP("Core", "The sheet {sheet!r} of {name} is empty. Choose another sheet."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The stored access token belongs to another API address or phone number ID, so it is "
        "not sent there. Check the address and the ID, then enter the token again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The stored access token cannot be opened with the ledger's key: it was stored with "
        "another key or was changed. Enter the token again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The table of {name} joins too many cells. Open it in a spreadsheet program and save it "
        "as .xlsx or .csv.",
    ),
    QT_TRANSLATE_NOOP("Core", "The template cannot be used: {problems}."),
    QT_TRANSLATE_NOOP("Core", "The template is not valid JSON: {error}."),
    QT_TRANSLATE_NOOP("Core", "The template must be a JSON object with a name and a language."),
    QT_TRANSLATE_NOOP("Core", "The template {template} {fault}, then start the campaign again."),
    QT_TRANSLATE_NOOP(
        "Core",
        "The template's parameter {parameter!r} is empty, which the provider refuses.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The template's {part!r} is longer than WhatsApp allows once its fields are filled in.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "The template's {part!r} is not a web address (https://…) once its fields are filled in.",
    ),
    QT_TRANSLATE_NOOP("Core", "The text has {count:,} characters; WhatsApp allows {most:,}."),
    QT_TRANSLATE_NOOP("Core", "The work was left because the program ends."),
    QT_TRANSLATE_NOOP("Core", "There is no backup at {path}."),
    QT_TRANSLATE_NOOP("Core", "There is no column {wanted!r}. Columns in the file: {columns}."),
    QT_TRANSLATE_NOOP(
        "Core",
        "There is no good backup in {folder}. Restore one from elsewhere with `wa-desktop "
        "restore FILE`, or move the file away to begin with an empty ledger.",
    ),
    QT_TRANSLATE_NOOP("Core", "There is no ledger at {source}."),
    QT_TRANSLATE_NOOP(
        "Core",
        "There is no schema {schema} in this database. Make it (CREATE SCHEMA {schema}), or "
        "leave schema out of DATABASE_URL.",
    ),
    QT_TRANSLATE_NOOP("Core", "There is no text to send."),
    QT_TRANSLATE_NOOP(
        "Core",
        "There is no time zone named {name!r}. Use a name such as Europe/Berlin or Asia/Kolkata.",
    ),
    QT_TRANSLATE_NOOP("Core", "There is no value for {named}."),
    QT_TRANSLATE_NOOP("Core", "There is no {kind} with the id {id}."),
    QT_TRANSLATE_NOOP(
        "Core",
        "This computer's clock is {seconds} s ahead of the PostgreSQL server's. Nothing is sent "
        "from here until the two agree. Let both computers take the time from the network "
        "(NTP).",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "This computer's clock is {seconds} s behind the PostgreSQL server's. Nothing is sent "
        "from here until the two agree. Let both computers take the time from the network "
        "(NTP).",
    ),
    QT_TRANSLATE_NOOP("Core", "This installation lacks its database migrations. Install it again."),
    QT_TRANSLATE_NOOP(
        "Core",
        "This ledger was copied or moved. Messages last went out from {place}. Nothing is sent "
        "from {here}, so that nobody gets a message twice. If no other copy sends any more, "
        "confirm this place: `wa-desktop here`, or the button in the window.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "This ledger was written by a newer version of wa-desktop (it knows {migration}). "
        "Update the program.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "This machine's key is the ledger's key already. There is nothing to do.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "This version brings the ledger to a new schema, and wa-desktop of the version before "
        "still sends from it{who}. Close that one, then start this one again. Nothing was "
        "changed.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "This version brings the ledger to a new schema, and workers of the version before "
        "still send from it: {who}. Stop them, then start this version again. Nothing was "
        "changed.",
    ),
    QT_TRANSLATE_NOOP("Core", "Too many requests"),
    QT_TRANSLATE_NOOP(
        "Core",
        "Use the key of the machine that stored the tokens: the same WA_SECRET_KEY, or, where "
        "it is not set there, a copy of that machine's secret.key in the data folder.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "WA_SECRET_KEY is not the key that the access tokens in this ledger need.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "What the ledger keeps about its key cannot be read. Restore a backup: wa-desktop "
        "restore FILE.",
    ),
    QT_TRANSLATE_NOOP("Core", "WhatsApp asked the account to send more slowly."),
    QT_TRANSLATE_NOOP("Core", "WhatsApp limits how often one number may write to one recipient."),
    QT_TRANSLATE_NOOP("Core", "a body that is no Graph answer"),
    QT_TRANSLATE_NOOP("Core", "a web page (a proxy or gateway on the way?)"),
    QT_TRANSLATE_NOOP("Core", "accessToken {reason}."),
    QT_TRANSLATE_NOOP("Core", "account"),
    QT_TRANSLATE_NOOP("Core", "an empty body"),
    QT_TRANSLATE_NOOP("Core", "belongs to the account {other} already; one number has one limit"),
    QT_TRANSLATE_NOOP("Core", "campaign"),
    QT_TRANSLATE_NOOP("Core", "cancelled"),
    QT_TRANSLATE_NOOP("Core", "completed"),
    QT_TRANSLATE_NOOP("Core", "database {name} on {server}"),
    QT_TRANSLATE_NOOP("Core", "deleting"),
    QT_TRANSLATE_NOOP("Core", "draft"),
    QT_TRANSLATE_NOOP("Core", "holds a character that cannot be stored (a zero or half a pair)"),
    QT_TRANSLATE_NOOP("Core", "holds blanks or marks that no token has"),
    QT_TRANSLATE_NOOP("Core", "is being deleted. Choose another template"),
    QT_TRANSLATE_NOOP("Core", "is being reviewed again by the provider. Wait until it is approved"),
    QT_TRANSLATE_NOOP("Core", "is locked by the provider. Choose another template"),
    QT_TRANSLATE_NOOP("Core", "is missing"),
    QT_TRANSLATE_NOOP("Core", "is missing or holds blanks or odd characters"),
    QT_TRANSLATE_NOOP("Core", "is needed to send through the Cloud API"),
    QT_TRANSLATE_NOOP("Core", "is needed: the digits shown in WhatsApp Manager"),
    QT_TRANSLATE_NOOP("Core", "is over the provider's limit of templates. Choose another template"),
    QT_TRANSLATE_NOOP("Core", "is still being reviewed by the provider. Wait until it is approved"),
    QT_TRANSLATE_NOOP("Core", "it is not a ledger, or its beginning was overwritten"),
    QT_TRANSLATE_NOOP("Core", "it was cut short"),
    QT_TRANSLATE_NOOP("Core", "message"),
    QT_TRANSLATE_NOOP("Core", "must be 0 to {most} seconds"),
    QT_TRANSLATE_NOOP("Core", "must be 1 to 64 Latin letters, digits, '-', '_' or '.'"),
    QT_TRANSLATE_NOOP(
        "Core",
        "must be 1 to 64 small Latin letters, digits, '-', '_' or '.', no '.' first",
    ),
    QT_TRANSLATE_NOOP("Core", "must be a list of objects"),
    QT_TRANSLATE_NOOP("Core", "must be a text"),
    QT_TRANSLATE_NOOP("Core", "must be a text that is not empty"),
    QT_TRANSLATE_NOOP("Core", "must be a time zone such as Europe/Berlin"),
    QT_TRANSLATE_NOOP("Core", "must be among {allowed}"),
    QT_TRANSLATE_NOOP("Core", "must be an https:// address (http:// only on this computer)"),
    QT_TRANSLATE_NOOP("Core", "must be an object"),
    QT_TRANSLATE_NOOP(
        "Core",
        "must be entered again: the stored token is for another API address or phone number ID",
    ),
    QT_TRANSLATE_NOOP("Core", "must be from 0 to 1"),
    QT_TRANSLATE_NOOP("Core", "must be from 0 to 60 seconds"),
    QT_TRANSLATE_NOOP("Core", "must be like https://graph.facebook.com"),
    QT_TRANSLATE_NOOP("Core", "must be like v25.0"),
    QT_TRANSLATE_NOOP("Core", "must be longer than the time-out to connect"),
    QT_TRANSLATE_NOOP("Core", "must have 1 to 200 characters"),
    QT_TRANSLATE_NOOP("Core", "must have 1 to {most} characters"),
    QT_TRANSLATE_NOOP("Core", "must have at most {max_days} days"),
    QT_TRANSLATE_NOOP("Core", "must lie after startAt"),
    QT_TRANSLATE_NOOP("Core", "must lie ahead"),
    QT_TRANSLATE_NOOP("Core", "must lie between -1000000 and 1000000"),
    QT_TRANSLATE_NOOP("Core", "must lie between 1 and 100"),
    QT_TRANSLATE_NOOP("Core", "must lie between 1 and 1000000"),
    QT_TRANSLATE_NOOP("Core", "must lie between 1 and {most}"),
    QT_TRANSLATE_NOOP("Core", "must look like v25.0"),
    QT_TRANSLATE_NOOP("Core", "must not contain {code}"),
    QT_TRANSLATE_NOOP("Core", "must not end with the version, which belongs to apiVersion"),
    QT_TRANSLATE_NOOP("Core", "must not exceed {most}"),
    QT_TRANSLATE_NOOP("Core", "must not exceed {most} messages a second"),
    QT_TRANSLATE_NOOP("Core", "needs a latency of 0 to 60000 ms and a share from 0 to 1"),
    QT_TRANSLATE_NOOP("Core", "needs max of 1 to {most} and days of 1 to {max_days}"),
    QT_TRANSLATE_NOOP("Core", "needs max of at least 1 and durationMs of 1 to 86400000"),
    QT_TRANSLATE_NOOP("Core", "no answer within {seconds:g} s"),
    QT_TRANSLATE_NOOP("Core", "no connection within {seconds:g} s"),
    QT_TRANSLATE_NOOP("Core", "no connection: {reason}"),
    QT_TRANSLATE_NOOP("Core", "no reason is known."),
    QT_TRANSLATE_NOOP("Core", "no time zone"),
    QT_TRANSLATE_NOOP("Core", "none"),
    QT_TRANSLATE_NOOP("Core", "not a date and time"),
    QT_TRANSLATE_NOOP("Core", "paused"),
    QT_TRANSLATE_NOOP("Core", "pg_dump could not back the ledger up ({reason})."),
    QT_TRANSLATE_NOOP(
        "Core",
        "pg_dump here is of version {found}, the server of version {server}: it refuses to read "
        "a newer one. Install the client of PostgreSQL {server}.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "pg_restore here is of version {found}. Install the client of PostgreSQL {needed} or "
        "later.",
    ),
    QT_TRANSLATE_NOOP("Core", "preparing"),
    QT_TRANSLATE_NOOP("Core", "process {pid} on {host}"),
    QT_TRANSLATE_NOOP("Core", "process {pid} on {host}, seen {seconds} s ago"),
    QT_TRANSLATE_NOOP("Core", "queued"),
    QT_TRANSLATE_NOOP("Core", "running"),
    QT_TRANSLATE_NOOP("Core", "scheduled"),
    QT_TRANSLATE_NOOP("Core", "suppression"),
    QT_TRANSLATE_NOOP("Core", "taken"),
    QT_TRANSLATE_NOOP("Core", "the answer broke off or could not be read"),
    QT_TRANSLATE_NOOP("Core", "the connection was lost before the answer came"),
    QT_TRANSLATE_NOOP("Core", "the provider answered 200 without a message id"),
    QT_TRANSLATE_NOOP("Core", "the provider answered {status} with a body that is too long"),
    QT_TRANSLATE_NOOP("Core", "the provider answered {status} with {what}"),
    QT_TRANSLATE_NOOP("Core", "unknown"),
    QT_TRANSLATE_NOOP("Core", "was archived. Restore it or choose another template"),
    QT_TRANSLATE_NOOP("Core", "was deleted. Choose another template"),
    QT_TRANSLATE_NOOP("Core", "was disabled by the provider for good. Choose another template"),
    QT_TRANSLATE_NOOP(
        "Core",
        "was paused by the provider for its quality. Wait until it is approved again",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "was rejected by the provider. Correct it or choose another template",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{address} answered {status}, but not as the Cloud API does. Check the account's "
        "apiBaseUrl, and whether a proxy stands between.",
    ),
    QT_TRANSLATE_NOOP("Core", "{address} did not answer in time. Try again in a minute."),
    QT_TRANSLATE_NOOP("Core", "{at} {reason}"),
    QT_TRANSLATE_NOOP("Core", "{cause} (code {code})"),
    QT_TRANSLATE_NOOP("Core", "{cause} (code {code}, subcode {subcode})"),
    QT_TRANSLATE_NOOP("Core", "{column} cannot hold both the phone numbers and the messages."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{column} is the column of phone numbers already. Choose another one for the second "
        "numbers.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{country} is no country that is known here. Give its name or its two letters, such as "
        "Russia, RU or DE.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{count} queue entries could not be read and were dropped. They come from another "
        "version of wa-desktop or from another program that writes to the queue. No message is "
        "lost. If no other version runs, restrict access to the queue.",
    ),
    QT_TRANSLATE_NOOP("Core", "{days} d {hours} h"),
    QT_TRANSLATE_NOOP(
        "Core",
        "{error} Waiting for it, at most {seconds} more seconds (WA_WAIT_FOR_DATABASE).",
    ),
    QT_TRANSLATE_NOOP("Core", "{failures} of the last {seen} messages failed."),
    QT_TRANSLATE_NOOP("Core", "{failures} of the last {seen} messages failed. Most often: {cause}"),
    QT_TRANSLATE_NOOP("Core", "{file} on {computer}"),
    QT_TRANSLATE_NOOP("Core", "{hours} h {minutes} min"),
    QT_TRANSLATE_NOOP("Core", "{minutes} min"),
    QT_TRANSLATE_NOOP("Core", "{name!r} is no encoding of text."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name!r} is no known encoding. Examples: utf-8, windows-1251, utf-16.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} cannot be read: {reason}."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} changed after it was opened. Nothing was taken from it. Wait until it is saved, "
        "then choose the file again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} could not be read because of a fault in this program. The log has the details; "
        "try another format, such as .csv.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} could not be restored ({reason}). The ledger is as it was."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} disappeared while it was in use. Nothing was taken from it. Choose the file again.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} has no sheet {sheet!r}. Its sheets: {sheets}."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} has {width:,} columns, more than {most:,}. Keep the columns you need, or say "
        "which delimiter it has.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} is a .zip archive. Unpack it and choose a file inside."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is a binary workbook (.xlsb). Open it in a spreadsheet program and save it as "
        ".xlsx.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is a document of Apple Numbers. Export it as Excel (.xlsx) or .csv and choose "
        "that file.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is a file of contact cards (vCard). Export the contacts as .csv and choose that "
        "file.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} is a folder. Choose a file inside it."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is a shortcut, not the file itself. Choose the file that it leads to.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is a text document or a presentation. Copy its table into a workbook and choose "
        "that.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is a text document. Copy its table into a workbook and choose that.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is a web archive. Open it in a spreadsheet program and save it as .xlsx or .csv.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is a web page without a table. Open it in a spreadsheet program and save it as "
        ".xlsx or .csv.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is an XML file but no workbook. Open it in a spreadsheet program and save it as "
        ".xlsx or .csv.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} is an empty archive. Choose another file."),
    QT_TRANSLATE_NOOP("Core", "{name} is damaged ({reason})."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is damaged from line {line:,} on: half a character is missing. Save it again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is damaged or not a workbook. Open it in a spreadsheet program and save it "
        "again as .xlsx or .csv.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} is damaged, or not the dump of a ledger."),
    QT_TRANSLATE_NOOP("Core", "{name} is damaged: its counts do not fit its campaigns."),
    QT_TRANSLATE_NOOP("Core", "{name} is damaged: rows refer to rows that are missing."),
    QT_TRANSLATE_NOOP("Core", "{name} is empty. Choose a file with phone numbers."),
    QT_TRANSLATE_NOOP("Core", "{name} is empty. Choose a workbook with phone numbers."),
    QT_TRANSLATE_NOOP("Core", "{name} is not a dump of PostgreSQL."),
    QT_TRANSLATE_NOOP("Core", "{name} is not a ledger of wa-desktop."),
    QT_TRANSLATE_NOOP("Core", "{name} is not a regular file. Choose a saved file."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is not a table but a picture or another kind of file. Choose a .csv, .txt, "
        ".xlsx, .xls or .ods file.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is not on this computer yet, only its place in the cloud. Download it and "
        "choose it again.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} is not there any more. Choose the file again."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is not written in {encoding}. Say which encoding it has, or save it as UTF-8.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} is not written in {encoding}. Say which encoding it has."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is only a link to a web page. Open it, download the list as .xlsx or .csv and "
        "choose that file.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} is out of reach ({reason})."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is protected by a password. Save it without one and choose it again.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is the backup of a ledger on SQLite, and DATABASE_URL names PostgreSQL. Choose "
        "a dump (ledger-….dump), or restore without DATABASE_URL.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is the lock file of an office program: it exists while {workbook} is open and "
        "holds no rows. Choose {workbook}.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} is the lock file that Excel keeps beside an open workbook. Choose the workbook "
        "itself.",
    ),
    QT_TRANSLATE_NOOP("Core", "{name} may not be read by you. Change its permissions or copy it."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} mixes two encodings: line {line:,} is UTF-8, but other lines are {encoding}. "
        "Save it in one encoding, or say which one it has: rows in another are left out.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} needs more memory than the {limit:,} MB that reading a file may take. Save it "
        "as .csv and choose that file.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} unpacks to {size:,} MB, too much for a workbook. Save it as .csv.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} was written by a newer PostgreSQL than pg_restore here (version {found}). "
        "Install the client of PostgreSQL {needed} or later.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{name} was written by a newer version of wa-desktop (it knows {migration}). Update the "
        "program.",
    ),
    QT_TRANSLATE_NOOP("Core", "{path} is no file. Move it away, or choose another place."),
    QT_TRANSLATE_NOOP("Core", "{problems}."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{program} does not run ({reason}). Install PostgreSQL's client again.",
    ),
    QT_TRANSLATE_NOOP("Core", "{program} of {user} at {place}"),
    QT_TRANSLATE_NOOP("Core", "{tag!r} is no region. Use a tag such as ru, de or pt-BR."),
    QT_TRANSLATE_NOOP(
        "Core",
        "{text!r} does not say in which zone. Add an offset such as +02:00, or a zone such as "
        "Europe/Berlin.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{text!r} is no time to start at. Write 2026-03-29T09:00 with a zone beside it, or "
        "2026-03-29T09:00:00+02:00.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{text} is neither a phone number with its country code nor a country's two letters.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{what} Nothing was changed. {advice} To set a new key: wa-desktop key set --help.",
    ),
    QT_TRANSLATE_NOOP(
        "Core",
        "{what} is out of reach ({reason}). Nothing is lost: the ledger keeps all work, and "
        "sending goes on without the queue until it is back.",
    ),
)

SENTENCES = tuple(map(str, _MARKED))
