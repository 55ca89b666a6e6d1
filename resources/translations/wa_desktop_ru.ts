<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru" sourcelanguage="en">
<context>
    <name>AccountFields</name>
    <message>
        <source>Kind of account</source>
        <translation>Вид аккаунта</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Название</translation>
    </message>
    <message>
        <source>As you want to see it here</source>
        <translation>Как показывать его в программе</translation>
    </message>
    <message>
        <source>Phone number ID</source>
        <translation>ID номера телефона</translation>
    </message>
    <message>
        <source>WhatsApp Manager → Phone numbers, digits only</source>
        <translation>WhatsApp Manager → Номера телефонов, только цифры</translation>
    </message>
    <message>
        <source>Business account ID (optional)</source>
        <translation>ID бизнес-аккаунта (необязательно)</translation>
    </message>
    <message>
        <source>WhatsApp Manager, top of the page</source>
        <translation>WhatsApp Manager, вверху страницы</translation>
    </message>
    <message>
        <source>Access token</source>
        <translation>Токен доступа</translation>
    </message>
    <message>
        <source>Business settings → System users</source>
        <translation>Настройки бизнеса → Системные пользователи</translation>
    </message>
    <message>
        <source>Paste the token again: the number or the address has changed</source>
        <translation>Вставьте токен ещё раз: изменился номер или адрес</translation>
    </message>
    <message>
        <source>Unchanged. Paste a new token to replace it</source>
        <translation>Без изменений. Вставьте новый токен, чтобы заменить</translation>
    </message>
    <message>
        <source>Messages at most</source>
        <translation>Сообщений не более</translation>
    </message>
    <message>
        <source>Messages sent at once</source>
        <translation>Отправлять одновременно</translation>
    </message>
    <message>
        <source>Recipients in 24 hours</source>
        <translation>Получателей за 24 часа</translation>
    </message>
    <message>
        <source>No limit</source>
        <translation>Без ограничения</translation>
    </message>
    <message>
        <source>More settings</source>
        <translation>Дополнительные настройки</translation>
    </message>
    <message>
        <source>Portfolio</source>
        <translation>Портфолио</translation>
    </message>
    <message>
        <source>Accounts of one portfolio share its daily limit</source>
        <translation>У аккаунтов одного портфолио общий суточный лимит</translation>
    </message>
    <message>
        <source>Messages to one recipient</source>
        <translation>Сообщений одному получателю</translation>
    </message>
    <message>
        <source>API address</source>
        <translation>Адрес API</translation>
    </message>
    <message>
        <source>API version</source>
        <translation>Версия API</translation>
    </message>
    <message>
        <source>Messages that fail</source>
        <translation>Доля ошибок</translation>
    </message>
    <message>
        <source>Kind:</source>
        <translation>Вид:</translation>
    </message>
</context>
<context>
    <name>AccountForm</name>
    <message>
        <source>New account</source>
        <translation>Новый аккаунт</translation>
    </message>
    <message>
        <source>Account “%1”</source>
        <translation>Аккаунт «%1»</translation>
    </message>
    <message>
        <source>Asking WhatsApp…</source>
        <translation>Проверяем в WhatsApp…</translation>
    </message>
    <message>
        <source>Check account</source>
        <translation>Проверить аккаунт</translation>
    </message>
    <message>
        <source>Save account</source>
        <translation>Сохранить</translation>
    </message>
    <message>
        <source>Save and resume</source>
        <translation>Сохранить и возобновить</translation>
    </message>
    <message>
        <source>This account has stopped sending.</source>
        <translation>Отправка с этого аккаунта остановлена.</translation>
    </message>
    <message>
        <source>%1: %2.</source>
        <translation>%1: %2.</translation>
    </message>
    <message>
        <source>Add account</source>
        <translation>Добавить аккаунт</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
</context>
<context>
    <name>AccountsPage</name>
    <message>
        <source>Account</source>
        <translation>Аккаунт</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Вид</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Limit</source>
        <translation>Ограничение</translation>
    </message>
    <message>
        <source>At once</source>
        <translation>За раз</translation>
    </message>
    <message>
        <source>Recipients in 24 h</source>
        <translation>Получателей за 24 ч</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Примечание</translation>
    </message>
    <message>
        <source>none</source>
        <translation>не ограничено</translation>
    </message>
    <message>
        <source>shared by the portfolio %1</source>
        <translation>общий для портфолио %1</translation>
    </message>
    <message>
        <source>%1 a minute</source>
        <translation>%1 в минуту</translation>
    </message>
    <message>
        <source>%1 a second</source>
        <translation>%1 в секунду</translation>
    </message>
    <message>
        <source>%1 in %2 ms</source>
        <translation>%1 за %2 мс</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Аккаунты</translation>
    </message>
    <message>
        <source>New account…</source>
        <translation>Новый аккаунт…</translation>
    </message>
    <message>
        <source>Edit account…</source>
        <translation>Изменить аккаунт…</translation>
    </message>
    <message>
        <source>Let it send again</source>
        <translation>Разрешить отправку</translation>
    </message>
    <message>
        <source>Remove account…</source>
        <translation>Удалить аккаунт…</translation>
    </message>
    <message>
        <source>Remove “%1”?</source>
        <translation>Удалить «%1»?</translation>
    </message>
    <message>
        <source>Its access token is deleted from this computer.</source>
        <translation>Его токен доступа будет удалён с этого компьютера.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Удалить</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Оставить</translation>
    </message>
</context>
<context>
    <name>ActionBar</name>
    <message>
        <source>Start</source>
        <translation>Начать</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Продолжить</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Пауза</translation>
    </message>
    <message>
        <source>Send failed again…</source>
        <translation>Отправить неудачные снова…</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>Создать копию</translation>
    </message>
    <message>
        <source>Cancel campaign</source>
        <translation>Отменить рассылку</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Удалить</translation>
    </message>
    <message numerus="yes">
        <source>%Ln message(s) not sent yet will be skipped, for good.</source>
        <translation>
            <numerusform>%Ln неотправленное сообщение будет пропущено навсегда.</numerusform>
            <numerusform>%Ln неотправленных сообщения будут пропущены навсегда.</numerusform>
            <numerusform>%Ln неотправленных сообщений будут пропущены навсегда.</numerusform>
        </translation>
    </message>
    <message>
        <source>Cancel “%1”?</source>
        <translation>Отменить «%1»?</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Оставить</translation>
    </message>
    <message>
        <source>The campaign and the record of its messages are deleted for good.</source>
        <translation>Рассылка и сведения о её сообщениях удаляются навсегда.</translation>
    </message>
    <message>
        <source>It is at work: sending stops first.</source>
        <translation>Рассылка идёт: сначала отправка остановится.</translation>
    </message>
    <message>
        <source>Delete “%1”?</source>
        <translation>Удалить «%1»?</translation>
    </message>
    <message>
        <source>All recipients</source>
        <translation>Все получатели</translation>
    </message>
    <message>
        <source>Only the failed ones</source>
        <translation>Только с ошибкой</translation>
    </message>
    <message>
        <source>Start now</source>
        <translation>Начать сейчас</translation>
    </message>
    <message>
        <source>Schedule</source>
        <translation>Запланировать</translation>
    </message>
</context>
<context>
    <name>Application</name>
    <message>
        <source>The language changes when the window is opened the next time.</source>
        <translation>Язык изменится при следующем открытии окна.</translation>
    </message>
    <message>
        <source>Something went wrong in this program.</source>
        <translation>В программе произошла ошибка.</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Скопировать подробности</translation>
    </message>
</context>
<context>
    <name>CampaignDetailPage</name>
    <message>
        <source>Back to the list (Esc)</source>
        <translation>Назад к списку (Esc)</translation>
    </message>
    <message>
        <source>Back to the list</source>
        <translation>Назад к списку</translation>
    </message>
    <message>
        <source>Account: %1</source>
        <translation>Аккаунт: %1</translation>
    </message>
    <message>
        <source>created %1</source>
        <translation>создана %1</translation>
    </message>
    <message>
        <source>started %1</source>
        <translation>начата %1</translation>
    </message>
    <message>
        <source>ended %1</source>
        <translation>закончена %1</translation>
    </message>
    <message>
        <source>done about %1</source>
        <translation>закончится примерно %1</translation>
    </message>
    <message>
        <source>expires %1</source>
        <translation>истекает %1</translation>
    </message>
    <message>
        <source>started %1, %2 late</source>
        <translation>начата %1, с опозданием на %2</translation>
    </message>
    <message>
        <source>Template: %1 (%2)</source>
        <translation>Шаблон: %1 (%2)</translation>
    </message>
    <message>
        <source>Each recipient has a text of their own.</source>
        <translation>У каждого получателя свой текст.</translation>
    </message>
</context>
<context>
    <name>CampaignListPage</name>
    <message>
        <source>Campaign</source>
        <translation>Рассылка</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Ход</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Сообщения</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Отправлено</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ошибки</translation>
    </message>
    <message>
        <source>In doubt</source>
        <translation>Неясно</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Создана</translation>
    </message>
    <message>
        <source>Campaigns</source>
        <translation>Рассылки</translation>
    </message>
    <message>
        <source>New campaign…</source>
        <translation>Новая рассылка…</translation>
    </message>
    <message>
        <source>Ctrl+N, or drop a file on the window</source>
        <translation>Ctrl+N или перетащите файл в окно</translation>
    </message>
    <message>
        <source>Search by name</source>
        <translation>Поиск по названию</translation>
    </message>
    <message>
        <source>Search campaigns by name</source>
        <translation>Поиск рассылок по названию</translation>
    </message>
    <message>
        <source>Show campaigns in the state</source>
        <translation>Показать рассылки в состоянии</translation>
    </message>
    <message>
        <source>All states</source>
        <translation>Все состояния</translation>
    </message>
    <message>
        <source>No campaign matches.</source>
        <translation>Подходящих рассылок нет.</translation>
    </message>
    <message>
        <source>There are no campaigns yet.

Drop a .csv or .xlsx file with phone numbers here, or press “New campaign…”.</source>
        <translation>Рассылок пока нет.

Перетащите сюда файл .csv или .xlsx с номерами телефонов или нажмите «Новая рассылка…».</translation>
    </message>
</context>
<context>
    <name>Checked</name>
    <message>
        <source>quality high</source>
        <translation>качество высокое</translation>
    </message>
    <message>
        <source>quality medium</source>
        <translation>качество среднее</translation>
    </message>
    <message>
        <source>quality low</source>
        <translation>качество низкое</translation>
    </message>
    <message>
        <source>The sandbox needs no provider. It sends nothing.</source>
        <translation>Песочнице не нужен провайдер: она ничего не отправляет.</translation>
    </message>
    <message>
        <source>The account can send: %1.</source>
        <translation>Аккаунт может отправлять: %1.</translation>
    </message>
    <message>
        <source>But the provider lists the number as %1, not as connected.</source>
        <translation>Но у провайдера статус номера — %1, а не «подключён».</translation>
    </message>
    <message>
        <source>up to %1 recipients in 24 hours</source>
        <translation>до %1 получателей за 24 часа</translation>
    </message>
</context>
<context>
    <name>Closing</name>
    <message>
        <source>Keep sending in the tray</source>
        <translation>Отправлять дальше из области уведомлений</translation>
    </message>
    <message>
        <source>Keep sending, minimised</source>
        <translation>Свернуть и отправлять дальше</translation>
    </message>
    <message>
        <source>Sending needs this program. Paused campaigns go on when you resume them.</source>
        <translation>Для отправки нужна эта программа. Рассылки на паузе продолжатся, когда вы их возобновите.</translation>
    </message>
    <message>
        <source>A start needs this program, and a computer that is awake. If the program opens up to %1 minutes after that time, the campaign starts late; after that it asks you first.</source>
        <translation>Чтобы рассылка началась, программа должна работать, а компьютер не должен спать. Если открыть программу не позже чем через %1 минут после этого времени, рассылка начнётся с опозданием; позже программа сначала спросит вас.</translation>
    </message>
    <message>
        <source>This desktop has no tray, so the window stays on the task bar.</source>
        <translation>На этом рабочем столе нет области уведомлений, поэтому окно останется на панели задач.</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>Оставить в области уведомлений</translation>
    </message>
    <message>
        <source>Keep running, minimised</source>
        <translation>Свернуть и не закрывать</translation>
    </message>
    <message>
        <source>Quit anyway</source>
        <translation>Всё равно выйти</translation>
    </message>
    <message>
        <source>Nothing is being sent any more.</source>
        <translation>Больше ничего не отправляется.</translation>
    </message>
    <message>
        <source>“%1” starts on %2.</source>
        <translation>Рассылка «%1» начнётся %2.</translation>
    </message>
    <message>
        <source>“%1” starts on %2 (%3 in %4).</source>
        <translation>Рассылка «%1» начнётся %2 (%3, пояс %4).</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Выйти</translation>
    </message>
    <message>
        <source>Pause and quit</source>
        <translation>Поставить на паузу и выйти</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
</context>
<context>
    <name>CoolDownField</name>
    <message>
        <source>No limit</source>
        <translation>Без ограничения</translation>
    </message>
    <message>
        <source>Days</source>
        <translation>Дни</translation>
    </message>
    <message>
        <source>in</source>
        <translation>за</translation>
    </message>
    <message>
        <source>days</source>
        <translation>дн.</translation>
    </message>
</context>
<context>
    <name>Core</name>
    <message>
        <source>A dump of PostgreSQL is read by PostgreSQL&apos;s own tool, and pg_restore was not found here. Install PostgreSQL&apos;s client, then restore.</source>
        <translation>Дамп PostgreSQL читает его собственная программа pg_restore, а её здесь нет. Установите клиент PostgreSQL и восстановите снова.</translation>
    </message>
    <message>
        <source>A file in {folder}</source>
        <translation>Файл в папке {folder}</translation>
    </message>
    <message>
        <source>A ledger on PostgreSQL is backed up by PostgreSQL&apos;s own tool, and pg_dump was not found here. Install PostgreSQL&apos;s client, or run where it is: {command}</source>
        <translation>Копию базы на PostgreSQL делает её собственная программа, а pg_dump здесь не найдена. Установите клиент PostgreSQL или выполните там, где он есть: {command}</translation>
    </message>
    <message>
        <source>A worker is alive: {who}. Stop every worker, then restore; one that was killed on another machine counts as alive for 15 seconds.</source>
        <translation>Обработчик ещё работает: {who}. Остановите все обработчики и восстановите снова; завершённый принудительно на другой машине считается живым ещё 15 секунд.</translation>
    </message>
    <message>
        <source>All messages that are left wait for a time of their own.</source>
        <translation>Все оставшиеся сообщения ждут каждое своего времени.</translation>
    </message>
    <message>
        <source>An account with the id {id} exists already. Choose another id.</source>
        <translation>Аккаунт с id {id} уже есть. Выберите другой id.</translation>
    </message>
    <message>
        <source>Another action on this campaign is still being carried out. Wait for it.</source>
        <translation>С этой рассылкой ещё выполняется другое действие. Дождитесь его.</translation>
    </message>
    <message>
        <source>Another program (a window, a server, a command) has the ledger open. Close it, then restore.</source>
        <translation>База данных открыта в другой программе (окно, сервер, команда). Закройте её и восстановите снова.</translation>
    </message>
    <message>
        <source>Another program holds the ledger locked. Nothing is lost: sending goes on by itself once it is free; a command must be given again.</source>
        <translation>Базу данных заняла другая программа. Ничего не потеряно: отправка продолжится сама, когда база освободится; команду нужно повторить.</translation>
    </message>
    <message>
        <source>Another program holds the ledger locked. Try again.</source>
        <translation>Базу данных заняла другая программа. Попробуйте ещё раз.</translation>
    </message>
    <message>
        <source>Another program is opening, upgrading or restoring this ledger. Try again.</source>
        <translation>Другая программа сейчас открывает, обновляет или восстанавливает эту базу данных. Попробуйте ещё раз.</translation>
    </message>
    <message>
        <source>Another program is upgrading this ledger. Wait until it is done and start again.</source>
        <translation>Другая программа обновляет эту базу данных. Дождитесь конца и запустите снова.</translation>
    </message>
    <message>
        <source>Another program is writing a backup into {folder}. Wait until it is done.</source>
        <translation>Другая программа пишет резервную копию в {folder}. Дождитесь, пока она закончит.</translation>
    </message>
    <message>
        <source>Another wa-desktop (process {pid}) already sends from this data folder. Use that one, or close it first.</source>
        <translation>Из этой папки данных уже отправляет другая программа wa-desktop (процесс {pid}). Пользуйтесь ею или сначала закройте её.</translation>
    </message>
    <message>
        <source>Another wa-desktop already sends from this data folder. Use that one, or close it first.</source>
        <translation>Из этой папки данных уже отправляет другая программа wa-desktop. Пользуйтесь ею или сначала закройте её.</translation>
    </message>
    <message>
        <source>At most {most} messages can be chosen one by one. Choose by state instead.</source>
        <translation>По одному можно выбрать не больше {most} сообщений. Выберите их по состоянию.</translation>
    </message>
    <message>
        <source>DATABASE_URL cannot be used ({reason}). Write it as postgresql://user:password@host:port/database.</source>
        <translation>Значение DATABASE_URL не подходит ({reason}). Запишите его так: postgresql://user:password@host:port/database.</translation>
    </message>
    <message>
        <source>In several campaigns: {reason}</source>
        <translation>Сразу в нескольких рассылках. {reason}</translation>
    </message>
    <message>
        <source>It is night where the recipients are.</source>
        <translation>У получателей сейчас ночь.</translation>
    </message>
    <message>
        <source>It starts at its time.</source>
        <translation>Она начнётся в назначенное время.</translation>
    </message>
    <message>
        <source>It was in doubt, and a person had it sent again.</source>
        <translation>Было неясно, ушло ли сообщение; по решению человека сообщение отправляется снова.</translation>
    </message>
    <message>
        <source>It was in doubt, and a person took it for sent.</source>
        <translation>Было неясно, ушло ли сообщение; по решению человека сообщение считается отправленным.</translation>
    </message>
    <message>
        <source>It was in doubt, and the campaign&apos;s rule has it sent again.</source>
        <translation>Было неясно, ушло ли сообщение; по правилу рассылки сообщение отправляется снова.</translation>
    </message>
    <message>
        <source>It was in doubt, and the campaign&apos;s rule takes it for sent.</source>
        <translation>Было неясно, ушло ли сообщение; по правилу рассылки сообщение считается отправленным.</translation>
    </message>
    <message>
        <source>It was paused. Start it to go on.</source>
        <translation>Её поставили на паузу. Продолжите её, чтобы отправка пошла дальше.</translation>
    </message>
    <message>
        <source>It was paused: {reason}</source>
        <translation>Она на паузе. {reason}</translation>
    </message>
    <message>
        <source>It was to start at {when}, while nothing ran. Start it if you still want it, or set another time.</source>
        <translation>Она должна была начаться в {when}, но программа не работала. Начните её, если она ещё нужна, или назначьте другое время.</translation>
    </message>
    <message>
        <source>It was to start, while nothing ran. Start it if you still want it, or set another time.</source>
        <translation>Она должна была начаться, но программа не работала. Начните её, если она ещё нужна, или назначьте другое время.</translation>
    </message>
    <message>
        <source>Its messages are being prepared.</source>
        <translation>Сообщения готовятся.</translation>
    </message>
    <message>
        <source>Known after all: the worker that had sent it went on.</source>
        <translation>Всё же выяснилось: обработчик, который его отправлял, продолжил работу.</translation>
    </message>
    <message>
        <source>Line {line:,} of {name} cannot be the header: it is blank, hidden, or too far below. The first lines with content: {lines}.</source>
        <translation>Строка {line:,} файла {name} не может быть заголовком: она пустая, скрытая или стоит слишком низко. Первые строки с данными: {lines}.</translation>
    </message>
    <message>
        <source>Line {line:,} of {name} may name the columns, but holds bytes that do not fit the encoding. Correct that line, or say which encoding the file has.</source>
        <translation>В строке {line:,} файла {name}, возможно, стоят названия столбцов, но в ней есть байты не в кодировке файла. Исправьте эту строку или укажите кодировку файла.</translation>
    </message>
    <message>
        <source>Line {start:,} of {name} is broken: {error}.</source>
        <translation>Файл «{name}», строка {start:,}: ошибка в записи ({error}).</translation>
    </message>
    <message>
        <source>No backup was made, for the copy is of no use: {error}</source>
        <translation>Резервная копия не создана: она вышла негодной. {error}</translation>
    </message>
    <message>
        <source>No column with phone numbers was found. Columns in the file: {columns}. Add one, or say which column holds the numbers.</source>
        <translation>Столбец с номерами телефонов не найден. Столбцы в файле: {columns}. Добавьте его или укажите, в каком столбце номера.</translation>
    </message>
    <message>
        <source>No connection to {address}. Check the network and the account&apos;s apiBaseUrl.</source>
        <translation>Нет связи с {address}. Проверьте сеть и адрес apiBaseUrl аккаунта.</translation>
    </message>
    <message>
        <source>No row of {name} fits its encoding. Say which encoding it has, or save it as UTF-8.</source>
        <translation>Ни одна строка файла {name} не читается в его кодировке. Укажите кодировку или сохраните файл в UTF-8.</translation>
    </message>
    <message>
        <source>None of the recipients can be used.</source>
        <translation>Никому из получателей нельзя отправить сообщение.</translation>
    </message>
    <message>
        <source>Not sent: left out until that is lifted. {cause}</source>
        <translation>Не отправлено: получатель исключён, пока исключение не снимут. {cause}</translation>
    </message>
    <message>
        <source>Not sent: left out until {day}. {cause}</source>
        <translation>Не отправлено: получатель исключён до {day}. {cause}</translation>
    </message>
    <message>
        <source>Not sent: this person is in the campaign already, under another number.</source>
        <translation>Не отправлено: этот человек уже есть в рассылке под другим номером.</translation>
    </message>
    <message>
        <source>Not started: its start at {when} was missed by {late}.</source>
        <translation>Не начата: время начала {when} пропущено на {late}.</translation>
    </message>
    <message>
        <source>Of {doubts} of the last {seen} messages it is unknown whether they were sent. Check the connection to the provider, settle what is in doubt, then go on.</source>
        <translation>Неизвестно, ушли ли некоторые сообщения: {doubts} из последних {seen}. Проверьте связь с провайдером, решите, что делать с неясными, и продолжите.</translation>
    </message>
    <message>
        <source>Only messages that are {allowed} can be sent again.</source>
        <translation>Повторно отправить можно только сообщения в состояниях {allowed}.</translation>
    </message>
    <message>
        <source>Other campaigns of the account take all of its requests in flight.</source>
        <translation>Все одновременные запросы аккаунта заняты другими рассылками.</translation>
    </message>
    <message>
        <source>PostgreSQL at {server} cannot be used ({reason}). Start it, or correct DATABASE_URL. Nothing is lost meanwhile.</source>
        <translation>PostgreSQL ({server}) недоступен ({reason}). Запустите его или исправьте DATABASE_URL. Ничего не потеряно.</translation>
    </message>
    <message>
        <source>PostgreSQL does not let this user make, read or change the ledger&apos;s tables ({reason}). Make the user the owner of the database and of all tables in it.</source>
        <translation>PostgreSQL не даёт этому пользователю создавать, читать или менять таблицы базы ({reason}). Сделайте его владельцем базы данных и всех её таблиц.</translation>
    </message>
    <message>
        <source>Recipients are being added to the campaign. Wait until that is done.</source>
        <translation>В рассылку ещё добавляются получатели. Дождитесь конца.</translation>
    </message>
    <message>
        <source>Recipients can be added to a draft only; this campaign is {state}.</source>
        <translation>Получателей можно добавить только в черновик, а эта рассылка {state}.</translation>
    </message>
    <message>
        <source>Redis</source>
        <translation>Redis</translation>
    </message>
    <message>
        <source>Redis keeps no append-only file, so a restart empties its queues. Set appendonly yes. No message is lost meanwhile, but some come late.</source>
        <translation>Redis не ведёт журнал (append-only file), и перезапуск опустошает его очереди. Задайте appendonly yes. Ни одно сообщение при этом не теряется, но некоторые уходят позже.</translation>
    </message>
    <message>
        <source>Redis throws jobs away when it is full (maxmemory-policy is {policy}). Set it to noeviction. No message is lost meanwhile, but some come late.</source>
        <translation>Переполненный Redis выбрасывает задания (maxmemory-policy: {policy}). Задайте noeviction. Ни одно сообщение при этом не теряется, но некоторые уходят позже.</translation>
    </message>
    <message>
        <source>Row {number:,} of {name} has a formula without a saved result. Open it in a spreadsheet program and save it.</source>
        <translation>В строке {number:,} файла {name} есть формула без сохранённого результата. Откройте файл в табличном редакторе и сохраните его.</translation>
    </message>
    <message>
        <source>Sandbox</source>
        <translation>Песочница</translation>
    </message>
    <message>
        <source>Sending stopped by a fault of the program: {error}</source>
        <translation>Отправка остановилась из-за ошибки в программе: {error}</translation>
    </message>
    <message>
        <source>Something else in the database stands on the ledger&apos;s tables ({reason}). Drop it, restore, then make it again. The ledger is as it was.</source>
        <translation>На таблицах базы данных держится что-то ещё ({reason}). Удалите это, восстановите базу и создайте снова. База данных осталась прежней.</translation>
    </message>
    <message>
        <source>Started {late} late. At {when} the program was not running or the computer was asleep.</source>
        <translation>Начата с опозданием на {late}. В {when} программа не была запущена или компьютер спал.</translation>
    </message>
    <message>
        <source>The access token is wrong or has expired. Make a new one and enter it.</source>
        <translation>Токен доступа неверен или истёк. Создайте новый и введите его.</translation>
    </message>
    <message>
        <source>The access token lacks the rights for this number. Give it whatsapp_business_messaging and whatsapp_business_management, then try again.</source>
        <translation>У токена доступа нет прав на этот номер. Выдайте ему whatsapp_business_messaging и whatsapp_business_management и попробуйте ещё раз.</translation>
    </message>
    <message>
        <source>The account cannot send: {problems}.</source>
        <translation>Аккаунт не может отправлять: {problems}.</translation>
    </message>
    <message>
        <source>The account has reached its most recipients in 24 hours.</source>
        <translation>Аккаунт исчерпал число получателей на 24 часа.</translation>
    </message>
    <message>
        <source>The account has sent what its warm-up plan allows today.</source>
        <translation>Аккаунт отправил всё, что сегодня разрешает план прогрева.</translation>
    </message>
    <message>
        <source>The account still has campaigns. Delete them first, then the account.</source>
        <translation>У аккаунта ещё есть рассылки. Сначала удалите их, потом аккаунт.</translation>
    </message>
    <message>
        <source>The account&apos;s rate limit gives the next message its time.</source>
        <translation>Следующее сообщение ждёт своей очереди: скорость аккаунта ограничена.</translation>
    </message>
    <message>
        <source>The backup could not be written ({reason}).</source>
        <translation>Не удалось записать резервную копию ({reason}).</translation>
    </message>
    <message>
        <source>The call to {address} broke off. Try again in a minute.</source>
        <translation>Запрос к {address} прервался. Попробуйте через минуту.</translation>
    </message>
    <message>
        <source>The campaign has no recipients. Add some, then start it.</source>
        <translation>В рассылке нет получателей. Добавьте их и начните её.</translation>
    </message>
    <message>
        <source>The campaign is scheduled for {when} already. To start it now, say so: `--now`, or `now` over HTTP.</source>
        <translation>Рассылка уже запланирована на {when}. Чтобы начать сейчас, укажите это: `--now` или `now` по HTTP.</translation>
    </message>
    <message>
        <source>The campaign is still being copied; the copy would lack the rest. Wait until a program that sends has done it, then delete the campaign.</source>
        <translation>Рассылка ещё копируется; в копии не хватило бы остальных. Подождите, пока отправляющая программа закончит, затем удалите рассылку.</translation>
    </message>
    <message>
        <source>The campaign is {state} already and cannot be started.</source>
        <translation>Рассылка уже {state}, начать её нельзя.</translation>
    </message>
    <message>
        <source>The campaign is {state}, so it cannot become {target}.</source>
        <translation>Рассылка {state}, поэтому перевести её в состояние «{target}» нельзя.</translation>
    </message>
    <message>
        <source>The campaign is {state}. Pause it first, or force it.</source>
        <translation>Рассылка {state}. Сначала поставьте её на паузу.</translation>
    </message>
    <message>
        <source>The campaign is {state}; nothing more can be done with its messages.</source>
        <translation>Рассылка {state}: с её сообщениями больше ничего нельзя сделать.</translation>
    </message>
    <message>
        <source>The campaign is {state}; only its priority can be changed now. Pause it first.</source>
        <translation>Рассылка {state}: сейчас можно изменить только её приоритет. Сначала поставьте её на паузу.</translation>
    </message>
    <message>
        <source>The campaign is {state}; there is nothing to pause.</source>
        <translation>Рассылка {state}: останавливать нечего.</translation>
    </message>
    <message>
        <source>The campaign was cancelled.</source>
        <translation>Рассылку отменили.</translation>
    </message>
    <message>
        <source>The campaign&apos;s time is over, so its messages would be skipped at once. Copy it into a new campaign.</source>
        <translation>Срок рассылки истёк, поэтому её сообщения были бы сразу пропущены. Скопируйте её в новую рассылку.</translation>
    </message>
    <message>
        <source>The campaign&apos;s time is over, so its messages would be skipped at once. Let it end later, or never, then start it.</source>
        <translation>Срок рассылки истёк, поэтому её сообщения были бы сразу пропущены. Назначьте более поздний срок или уберите его, затем запустите рассылку.</translation>
    </message>
    <message>
        <source>The campaign&apos;s time was over before this message could go out.</source>
        <translation>Время рассылки вышло раньше, чем дошла очередь до этого сообщения.</translation>
    </message>
    <message>
        <source>The clock was set.</source>
        <translation>Часы компьютера перевели.</translation>
    </message>
    <message>
        <source>The copy {name} does not hold what the ledger holds.</source>
        <translation>В копии «{name}» не то же, что в базе данных.</translation>
    </message>
    <message>
        <source>The data came from a backup. Since then messages may have gone out: check, then start it.</source>
        <translation>Данные взяты из резервной копии. С тех пор сообщения могли уйти: проверьте и начните её снова.</translation>
    </message>
    <message>
        <source>The data folder {home} cannot be used ({reason}). Set WA_DESKTOP_HOME to a folder that can be written.</source>
        <translation>Папку данных {home} нельзя использовать ({reason}). Укажите в WA_DESKTOP_HOME папку, в которую можно писать.</translation>
    </message>
    <message>
        <source>The database holds some tables of a ledger but not all ({missing} is missing). Choose an empty database, or drop them if nobody needs them.</source>
        <translation>В этой базе есть только часть нужных таблиц (нет {missing}). Выберите пустую базу или удалите эти таблицы, если они никому не нужны.</translation>
    </message>
    <message>
        <source>The database lacks its last changes (about {seconds} s), as after a failover to a standby that was behind. Nothing is sent, because messages that went out could be sent again. Start every worker that ran before, so that it reports what it sent; check what was changed last (campaigns, opt-outs); then confirm: `wa-desktop confirm-ledger`, or the button in the window.</source>
        <translation>В базе нет последних изменений (примерно за {seconds} с), как после переключения на отставшую реплику. Отправка остановлена, иначе отправленные сообщения ушли бы второй раз. Запустите все обработчики, которые работали раньше, чтобы они сообщили, что отправили; проверьте последние изменения (рассылки, отказы); затем подтвердите: `wa-desktop confirm-ledger` или кнопка в окне.</translation>
    </message>
    <message>
        <source>The database lacks its last changes. Nothing is sent until a person confirms it: `wa-desktop confirm-ledger`, or the button in the window.</source>
        <translation>В базе нет последних изменений. Ничего не отправляется, пока её не подтвердят: командой `wa-desktop confirm-ledger` или кнопкой в окне.</translation>
    </message>
    <message>
        <source>The database {name} has the encoding {encoding}, which cannot keep every text. Make another one (createdb --template=template0 --encoding=UTF8) and name it in DATABASE_URL.</source>
        <translation>База данных {name} имеет кодировку {encoding}, в которой хранится не любой текст. Создайте другую (createdb --template=template0 --encoding=UTF8) и укажите её в DATABASE_URL.</translation>
    </message>
    <message>
        <source>The delimiter must be one character, such as a comma or a semicolon.</source>
        <translation>Разделитель должен быть одним знаком, например запятой или точкой с запятой.</translation>
    </message>
    <message>
        <source>The disk of the database is full. The ledger is as it was; free some space.</source>
        <translation>На диске базы данных нет места. База данных осталась прежней; освободите место.</translation>
    </message>
    <message>
        <source>The disk that holds the ledger is full. Nothing was lost; free some space and go on.</source>
        <translation>На диске с базой данных нет места. Ничего не потеряно: освободите место и продолжайте.</translation>
    </message>
    <message>
        <source>The disk that holds {folder} is full, so no copy was made. The ledger is unharmed; free some space, or choose a folder on another disk.</source>
        <translation>На диске с папкой {folder} нет места, поэтому копия не создана. База данных цела: освободите место или выберите папку на другом диске.</translation>
    </message>
    <message>
        <source>The disk that holds {home} is full. Free some space and start again.</source>
        <translation>На диске с папкой {home} нет места. Освободите его и запустите программу снова.</translation>
    </message>
    <message>
        <source>The dump</source>
        <translation>Дамп</translation>
    </message>
    <message>
        <source>The encoding of {name} was not recognised. Save it as UTF-8, or say which it is.</source>
        <translation>Кодировку файла «{name}» определить не удалось. Сохраните его в UTF-8 или укажите кодировку.</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({reason}). Let this user read and write it and its folder.</source>
        <translation>Файл {file} недоступен ({reason}). Дайте этому пользователю право читать и изменять его и его папку.</translation>
    </message>
    <message>
        <source>The folder {folder} cannot be used ({reason}). Choose one that can be read and written.</source>
        <translation>Папку {folder} нельзя использовать ({reason}). Выберите такую, которую можно читать и в которую можно писать.</translation>
    </message>
    <message>
        <source>The latest good backup is {name}, of {taken} UTC. Restore it with: wa-desktop restore {file}</source>
        <translation>Последняя исправная копия: {name} от {taken} UTC. Восстановить её: wa-desktop restore {file}</translation>
    </message>
    <message>
        <source>The ledger could not be brought to this version: the migration {migration} failed ({reason}). Nothing was changed. Go on with the version of wa-desktop that you had before, and report this.</source>
        <translation>Базу данных не удалось обновить до этой версии: шаг {migration} не выполнен ({reason}). Ничего не изменено. Вернитесь к прежней версии wa-desktop и сообщите об этом.</translation>
    </message>
    <message>
        <source>The ledger does not answer. Another program may hold it locked, or its disk or server is overloaded. Sending goes on as soon as it does.</source>
        <translation>База данных не отвечает. Возможно, её заняла другая программа или перегружен диск или сервер. Отправка продолжится, как только она ответит.</translation>
    </message>
    <message>
        <source>The ledger is open elsewhere: {who}. Close every window, server, worker and other program that uses the database, then restore.</source>
        <translation>База данных открыта в другом месте: {who}. Закройте все окна, серверы, обработчики и другие программы, которые ею пользуются, и восстановите снова.</translation>
    </message>
    <message>
        <source>The ledger is out of reach ({reason}). Nothing is lost: sending goes on by itself once it is back; a command must be given again.</source>
        <translation>База данных недоступна ({reason}). Ничего не потеряно: отправка продолжится сама, когда база вернётся; команду нужно повторить.</translation>
    </message>
    <message>
        <source>The ledger was not brought to this version, since no copy of it could be made first: {error} If you have a copy of your own, start once with WA_UPGRADE_WITHOUT_BACKUP=1. The version of wa-desktop from before still works.</source>
        <translation>Базу данных не удалось обновить до этой версии: сначала нужна её копия, и сделать её не удалось: {error} Если у вас есть своя копия, запустите один раз с WA_UPGRADE_WITHOUT_BACKUP=1. Прежняя версия wa-desktop по-прежнему работает.</translation>
    </message>
    <message>
        <source>The ledger was restored from a copy taken while the message was on its way; whether it arrived is unknown.</source>
        <translation>База данных восстановлена из копии, снятой, пока сообщение было в пути; дошло ли оно, неизвестно.</translation>
    </message>
    <message>
        <source>The ledger {path} is damaged ({what}). {advice}</source>
        <translation>База данных {path} повреждена ({what}). {advice}</translation>
    </message>
    <message>
        <source>The ledger&apos;s file is damaged. Restore the latest backup with `wa-desktop restore FILE`, or move the file away to begin with an empty ledger.</source>
        <translation>Файл базы данных повреждён. Восстановите последнюю копию командой `wa-desktop restore FILE` или уберите файл, чтобы начать с пустой базы.</translation>
    </message>
    <message>
        <source>The ledger&apos;s file is read-only. Make it writable and start again.</source>
        <translation>Файл базы данных доступен только для чтения. Разрешите запись и запустите программу снова.</translation>
    </message>
    <message>
        <source>The ledger&apos;s file {path} is read-only. Make it writable and start again. Nothing in it is lost. {advice}</source>
        <translation>Файл базы данных {path} доступен только для чтения. Разрешите запись и запустите программу снова. Ничего не потеряно. {advice}</translation>
    </message>
    <message>
        <source>The ledger&apos;s folder {folder} cannot be made ({reason}). Choose a folder that can be written.</source>
        <translation>Папку базы данных {folder} не удалось создать ({reason}). Выберите папку, в которую можно писать.</translation>
    </message>
    <message>
        <source>The ledger&apos;s folder {folder} cannot be read ({reason}). Let this user read it.</source>
        <translation>Папку базы данных {folder} не удаётся прочитать ({reason}). Разрешите этому пользователю её читать.</translation>
    </message>
    <message>
        <source>The ledger&apos;s folder {path} is read-only. Make it writable and start again. Nothing in it is lost. {advice}</source>
        <translation>Папка базы данных {path} доступна только для чтения. Разрешите запись и запустите программу снова. Ничего не потеряно. {advice}</translation>
    </message>
    <message>
        <source>The ledger&apos;s tables lie in the schema {schema}, and only the schema public is backed up and restored. Set search_path = public for the user, or move the tables there: ALTER TABLE … SET SCHEMA public.</source>
        <translation>Таблицы базы лежат в схеме {schema}, а копируется и восстанавливается только схема public. Задайте пользователю search_path = public или перенесите таблицы: ALTER TABLE … SET SCHEMA public.</translation>
    </message>
    <message>
        <source>The log says why.</source>
        <translation>Причина записана в журнале.</translation>
    </message>
    <message>
        <source>The message can be made for none of the recipients. {reason} Correct the message, or say what stands in for a missing value: {example}</source>
        <translation>Сообщение нельзя составить ни для одного получателя. {reason} Исправьте текст или укажите, что писать, когда значения нет: {example}</translation>
    </message>
    <message>
        <source>The message can be made for none of the recipients. {reason} Correct the message.</source>
        <translation>Сообщение нельзя составить ни для одного получателя. {reason} Исправьте текст.</translation>
    </message>
    <message>
        <source>The program ended while the message was on its way.</source>
        <translation>Программа закончила работу, пока сообщение было в пути.</translation>
    </message>
    <message>
        <source>The program ended while the message was on its way; whether it arrived is unknown.</source>
        <translation>Программа закончила работу, пока сообщение было в пути; дошло ли оно, неизвестно.</translation>
    </message>
    <message>
        <source>The program failed while the message was on its way.</source>
        <translation>Пока сообщение было в пути, в программе случилась ошибка.</translation>
    </message>
    <message>
        <source>The provider holds back {count} messages, and the campaign is set to pause after {most}. Wait until they are delivered, then start it again.</source>
        <translation>Провайдер удерживает сообщений: {count}, а рассылка настроена на паузу после {most}. Подождите, пока они будут доставлены, и запустите её снова.</translation>
    </message>
    <message>
        <source>The provider holds messages back while it watches how the first ones are received, then sends or drops them by itself. This is usual for a new template, and for a business that has sent few messages so far.</source>
        <translation>Провайдер удерживает сообщения, пока смотрит, как люди встречают первые из них, а затем сам отправляет или отбрасывает их. Так обычно бывает с новым шаблоном и с бизнесом, который пока отправлял мало.</translation>
    </message>
    <message>
        <source>The provider knows no phone number with the id {id}, or the token may not see it. Copy the id from the WhatsApp Manager.</source>
        <translation>Провайдер не знает номера с id {id}, или токену он не виден. Скопируйте id из WhatsApp Manager.</translation>
    </message>
    <message>
        <source>The provider lets the business send nothing while it reviews it (code {code}). Read the notice in the Meta Business Suite, and resume the account once the review is over. Nothing is lost.</source>
        <translation>Провайдер проверяет ваш бизнес и пока не даёт ему ничего отправлять (код {code}). Прочитайте уведомление в Meta Business Suite и возобновите аккаунт после проверки. Ничего не потеряно.</translation>
    </message>
    <message>
        <source>The provider of {accounts} cannot be reached ({reason}). Nothing is lost and no attempt is spent; it is tried again every few seconds.</source>
        <translation>Провайдер недоступен: {accounts} ({reason}). Ничего не потеряно, попытки не тратятся; связь проверяется каждые несколько секунд.</translation>
    </message>
    <message>
        <source>The provider rates the quality of this number RED: too many people blocked or reported it. It can send still, and may soon be restricted. Write only to people who expect it. A campaign that runs is held up once for this.</source>
        <translation>Провайдер оценил качество этого номера как RED: слишком много людей заблокировали его или пожаловались. Он ещё может отправлять, но скоро его могут ограничить. Пишите только тем, кто этого ждёт. Идущая рассылка будет из-за этого один раз остановлена.</translation>
    </message>
    <message>
        <source>The provider rates the quality of this number RED: too many people blocked or reported it. Write to people who expect it, wait until the rating rises, then resume.</source>
        <translation>Провайдер оценил качество этого номера как RED: слишком много людей заблокировали его или пожаловались. Пишите тем, кто этого ждёт, дождитесь, пока оценка вырастет, и продолжите.</translation>
    </message>
    <message>
        <source>The provider refused the check (code {code}): {said}</source>
        <translation>Провайдер отказал в проверке (код {code}): {said}</translation>
    </message>
    <message>
        <source>The provider took the message and holds it back for now. It watches how the first ones are received, then sends or drops the rest by itself. There is nothing to do.</source>
        <translation>Провайдер принял сообщение и пока удерживает его. Он смотрит, как люди встречают первые сообщения, а затем сам отправит остальные или отбросит их. Делать ничего не нужно.</translation>
    </message>
    <message>
        <source>The provider&apos;s message history holds this message: its doubt is over.</source>
        <translation>Это сообщение есть в истории сообщений провайдера: сомнение снято.</translation>
    </message>
    <message>
        <source>The provider&apos;s message history says that it failed, and not why.</source>
        <translation>По истории сообщений провайдера оно не доставлено; причина там не указана.</translation>
    </message>
    <message>
        <source>The queue of campaigns is paused. Resume it.</source>
        <translation>Очередь рассылок на паузе. Продолжите её.</translation>
    </message>
    <message>
        <source>The queue of messages is paused. Resume it.</source>
        <translation>Очередь сообщений на паузе. Продолжите её.</translation>
    </message>
    <message>
        <source>The queue&apos;s file</source>
        <translation>Файл очереди</translation>
    </message>
    <message>
        <source>The queue&apos;s file {file} cannot be used ({error}). It holds nothing that matters: delete it and start again.</source>
        <translation>Файл очереди {file} нельзя использовать ({error}). Ничего важного в нём нет: удалите его и запустите программу снова.</translation>
    </message>
    <message>
        <source>The reading of {name} ended before it was done: its process was ended, perhaps for want of memory. Nothing was taken from the file; try again.</source>
        <translation>Чтение файла «{name}» прервалось: его процесс завершён, возможно, из-за нехватки памяти. Из файла ничего не взято; попробуйте ещё раз.</translation>
    </message>
    <message>
        <source>The reading of {name} was cancelled.</source>
        <translation>Чтение файла «{name}» отменено.</translation>
    </message>
    <message>
        <source>The recipient&apos;s text is {error}, an error of the spreadsheet. Correct the file.</source>
        <translation>Текст получателя — {error}, ошибка таблицы. Исправьте файл.</translation>
    </message>
    <message>
        <source>The recipients came too slowly and were given up. Add them again.</source>
        <translation>Получатели поступали слишком медленно, и ждать их перестали. Добавьте их ещё раз.</translation>
    </message>
    <message>
        <source>The recipients were written to lately, and the cool-down lets them rest.</source>
        <translation>Получателям недавно уже писали, теперь им дают отдохнуть.</translation>
    </message>
    <message>
        <source>The same error came {times} times in a row. {cause}</source>
        <translation>Одинаковых ошибок подряд: {times}. {cause}</translation>
    </message>
    <message>
        <source>The sandbox cannot send: {problems}.</source>
        <translation>Песочница не может отправлять: {problems}.</translation>
    </message>
    <message>
        <source>The sheet {sheet!r} of {name} is empty. Choose another sheet.</source>
        <translation>Лист {sheet!r} в {name} пуст. Выберите другой лист.</translation>
    </message>
    <message>
        <source>The table of {name} joins too many cells. Open it in a spreadsheet program and save it as .xlsx or .csv.</source>
        <translation>В таблице файла {name} объединено слишком много ячеек. Откройте её в программе электронных таблиц и сохраните как .xlsx или .csv.</translation>
    </message>
    <message>
        <source>The template cannot be used: {problems}.</source>
        <translation>Шаблон нельзя использовать: {problems}.</translation>
    </message>
    <message>
        <source>The template is not valid JSON: {error}.</source>
        <translation>Шаблон записан не по правилам JSON: {error}.</translation>
    </message>
    <message>
        <source>The template must be a JSON object with a name and a language.</source>
        <translation>Шаблон должен быть объектом JSON с названием (name) и языком (language).</translation>
    </message>
    <message>
        <source>The template {template} {fault}, then start the campaign again.</source>
        <translation>Шаблон «{template}» {fault}, затем начните рассылку снова.</translation>
    </message>
    <message>
        <source>The template&apos;s parameter {parameter!r} is empty, which the provider refuses.</source>
        <translation>Параметр шаблона «{parameter}» пуст, а такое провайдер не принимает.</translation>
    </message>
    <message>
        <source>The template&apos;s {part!r} is longer than WhatsApp allows once its fields are filled in.</source>
        <translation>Значение «{part}» в шаблоне после подстановки полей длиннее, чем разрешает WhatsApp.</translation>
    </message>
    <message>
        <source>The template&apos;s {part!r} is not a web address (https://…) once its fields are filled in.</source>
        <translation>Значение «{part}» в шаблоне после подстановки полей не является веб-адресом (https://…).</translation>
    </message>
    <message>
        <source>The text has {count:,} characters; WhatsApp allows {most:,}.</source>
        <translation>Длина текста в знаках: {count:,}, а WhatsApp допускает не больше {most:,}.</translation>
    </message>
    <message>
        <source>The work was left because the program ends.</source>
        <translation>Работа прервана: программа завершается.</translation>
    </message>
    <message>
        <source>There is no backup at {path}.</source>
        <translation>Резервной копии {path} нет.</translation>
    </message>
    <message>
        <source>There is no column {wanted!r}. Columns in the file: {columns}.</source>
        <translation>Столбца «{wanted}» нет. Столбцы в файле: {columns}.</translation>
    </message>
    <message>
        <source>There is no good backup in {folder}. Restore one from elsewhere with `wa-desktop restore FILE`, or move the file away to begin with an empty ledger.</source>
        <translation>В папке {folder} нет исправной копии. Восстановите другую командой `wa-desktop restore FILE` или уберите файл, чтобы начать с пустой базы.</translation>
    </message>
    <message>
        <source>There is no ledger at {source}.</source>
        <translation>Базы данных {source} нет.</translation>
    </message>
    <message>
        <source>There is no text to send.</source>
        <translation>Нет текста для отправки.</translation>
    </message>
    <message>
        <source>There is no time zone named {name!r}. Use a name such as Europe/Berlin or Asia/Kolkata.</source>
        <translation>Часового пояса «{name}» нет. Укажите название, например Europe/Moscow или Asia/Yekaterinburg.</translation>
    </message>
    <message>
        <source>There is no value for {named}.</source>
        <translation>Нет значения для {named}.</translation>
    </message>
    <message>
        <source>There is no {kind} with the id {id}.</source>
        <translation>Нет {kind} с id {id}.</translation>
    </message>
    <message>
        <source>This installation lacks its database migrations. Install it again.</source>
        <translation>В этой установке нет описаний базы данных. Установите программу заново.</translation>
    </message>
    <message>
        <source>This ledger was written by a newer version of wa-desktop (it knows {migration}). Update the program.</source>
        <translation>Эту базу данных записала более новая версия wa-desktop (ей известно {migration}). Обновите программу.</translation>
    </message>
    <message>
        <source>Too many requests</source>
        <translation>Слишком много запросов</translation>
    </message>
    <message>
        <source>WhatsApp asked the account to send more slowly.</source>
        <translation>WhatsApp попросил аккаунт отправлять медленнее.</translation>
    </message>
    <message>
        <source>WhatsApp limits how often one number may write to one recipient.</source>
        <translation>WhatsApp ограничивает, как часто один номер пишет одному получателю.</translation>
    </message>
    <message>
        <source>a body that is no Graph answer</source>
        <translation>содержимым, которое не похоже на ответ Graph</translation>
    </message>
    <message>
        <source>a web page (a proxy or gateway on the way?)</source>
        <translation>веб-страницей (возможно, от прокси или шлюза по пути)</translation>
    </message>
    <message>
        <source>account</source>
        <translation>аккаунта</translation>
    </message>
    <message>
        <source>an empty body</source>
        <translation>пустым содержимым</translation>
    </message>
    <message>
        <source>belongs to the account {other} already; one number has one limit</source>
        <translation>уже принадлежит аккаунту {other}; у одного номера один лимит</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>отменена</translation>
    </message>
    <message>
        <source>completed</source>
        <translation>завершена</translation>
    </message>
    <message>
        <source>must be like v25.0</source>
        <translation>должно быть вида v25.0</translation>
    </message>
    <message>
        <source>must look like v25.0</source>
        <translation>должно быть вида v25.0</translation>
    </message>
    <message>
        <source>must not end with the version, which belongs to apiVersion</source>
        <translation>не должен заканчиваться версией: её место в apiVersion</translation>
    </message>
    <message>
        <source>{column} is the column of phone numbers already. Choose another one for the second numbers.</source>
        <translation>{column} — уже столбец телефонных номеров. Выберите для вторых номеров другой столбец.</translation>
    </message>
    <message>
        <source>{country} is no country that is known here. Give its name or its two letters, such as Russia, RU or DE.</source>
        <translation>Страна «{country}» неизвестна. Укажите её название или две буквы кода, например Россия, RU или DE.</translation>
    </message>
    <message>
        <source>{days} d {hours} h</source>
        <translation>{days} д {hours} ч</translation>
    </message>
    <message>
        <source>campaign</source>
        <translation>рассылки</translation>
    </message>
    <message>
        <source> (process {pid})</source>
        <translation> (процесс {pid})</translation>
    </message>
    <message>
        <source>A cell of {name} has more than {most:,} characters. Shorten it.</source>
        <translation>В файле {name} есть ячейка длиннее {most:,} символов. Сократите её.</translation>
    </message>
    <message>
        <source>A worker sends from this ledger (process {pid} on {host}). Stop every window, server and worker first, then set the new key.</source>
        <translation>Из этой базы идёт отправка (процесс {pid} на {host}). Сначала остановите все окна, серверы и обработчики, затем задайте новый ключ.</translation>
    </message>
    <message>
        <source>All rows of {name} are hidden. Show the rows you need and save it.</source>
        <translation>Все строки файла {name} скрыты. Покажите нужные строки и сохраните файл.</translation>
    </message>
    <message>
        <source>An earlier version of wa-desktop still sends from this ledger (process {pid} on {host}), and could not read the access tokens as this version stores them. Stop every window, server and worker of that version, then start again. Nothing was changed. One that was killed counts as running for 15 seconds.</source>
        <translation>Из этой базы ещё отправляет прежняя версия wa-desktop (процесс {pid} на {host}); токены в том виде, в каком их хранит новая версия, она прочесть не сможет. Остановите все окна, серверы и обработчики той версии и запустите программу снова. Ничего не изменено. Принудительно завершённый процесс считается работающим ещё 15 секунд.</translation>
    </message>
    <message>
        <source>Another program uses the queue&apos;s key. Give wa-desktop a Redis database.</source>
        <translation>Ключ очереди занят другой программой. Выделите для wa-desktop отдельную базу Redis.</translation>
    </message>
    <message>
        <source>Cell {cell} of {name} is a formula without a saved result. Open the file in a spreadsheet program, save it there and choose it again.</source>
        <translation>В ячейке {cell} файла {name} формула без сохранённого результата. Откройте файл в табличном редакторе, сохраните его там и выберите снова.</translation>
    </message>
    <message>
        <source>Code {code} means that the recipient said stop. Lift these numbers one by one, and only for people who asked to hear from you again.</source>
        <translation>Код {code} означает, что получатель отказался от сообщений. Снимайте такие исключения по одному номеру и только для тех, кто снова попросил писать им.</translation>
    </message>
    <message>
        <source>Copy the file secret.key from the data folder of the machine that stored the tokens to {path}.</source>
        <translation>Скопируйте файл secret.key из папки данных того компьютера, где сохранили токены, в {path}.</translation>
    </message>
    <message>
        <source>Correct its settings.</source>
        <translation>Исправьте настройки Redis.</translation>
    </message>
    <message>
        <source>DATABASE_URL leads to a connection pooler that gives each transaction another session (transaction or statement mode), which wa-desktop cannot use safely. Name PostgreSQL itself, or set pool_mode = session for this database.</source>
        <translation>DATABASE_URL ведёт к пулу соединений, который выполняет каждую транзакцию в другом сеансе (режим transaction или statement); wa-desktop не может безопасно с ним работать. Укажите сам PostgreSQL или задайте для этой базы pool_mode = session.</translation>
    </message>
    <message>
        <source>Everything in {name} is hidden: its sheets, rows or columns. Show what is to be used and save the workbook, or include hidden rows.</source>
        <translation>В {name} всё скрыто: листы, строки или столбцы. Покажите то, что нужно, и сохраните книгу или включите скрытые строки.</translation>
    </message>
    <message>
        <source>In line {line:,} of {name} a cell begins with a quotation mark that is never closed, or is longer than {most:,} characters. Correct that line, or read quotation marks as plain characters (quoting=none).</source>
        <translation>В строке {line:,} файла {name} ячейка начинается с кавычки, которая нигде не закрывается, или длиннее {most:,} символов. Исправьте эту строку или читайте кавычки как обычные знаки.</translation>
    </message>
    <message>
        <source>In line {line:,} of {name} a cell is longer than {most:,} characters. Correct that line.</source>
        <translation>В строке {line:,} файла {name} ячейка длиннее {most:,} символов. Исправьте эту строку.</translation>
    </message>
    <message>
        <source>In line {line:,} of {name} a quotation mark opens a cell that ends in line {end:,} and may hold other rows. Correct these lines, or read quotation marks as plain characters (quoting=none).</source>
        <translation>В строке {line:,} файла {name} кавычка открывает ячейку, которая заканчивается в строке {end:,} и, возможно, содержит другие строки таблицы. Исправьте эти строки или читайте кавычки как обычные знаки.</translation>
    </message>
    <message>
        <source>In line {line:,} of {name} a quotation mark opens a cell, and the one that would close it, in line {end:,}, is followed by other text. Correct these lines, or read quotation marks as plain characters (quoting=none).</source>
        <translation>В строке {line:,} файла {name} кавычка открывает ячейку, а после закрывающей кавычки в строке {end:,} идёт другой текст. Исправьте эти строки или читайте кавычки как обычные знаки.</translation>
    </message>
    <message>
        <source>In line {line:,} of {name} the quotation mark that closes a cell is followed by other text. Correct that line, or read quotation marks as plain characters (quoting=none).</source>
        <translation>В строке {line:,} файла {name} после закрывающей кавычки ячейки идёт другой текст. Исправьте эту строку или читайте кавычки как обычные знаки.</translation>
    </message>
    <message>
        <source>It cannot save to its disk. Free space there, or correct its settings.</source>
        <translation>Redis не может сохранить данные на диск. Освободите место или исправьте настройки.</translation>
    </message>
    <message>
        <source>It is a read-only replica. Set REDIS_URL to the primary, or make this one the primary.</source>
        <translation>Это реплика только для чтения. Укажите в REDIS_URL основной сервер или сделайте основным этот.</translation>
    </message>
    <message>
        <source>It is full. Raise its maxmemory, or delete what other programs left in it.</source>
        <translation>Память Redis исчерпана. Увеличьте maxmemory или удалите данные других программ.</translation>
    </message>
    <message>
        <source>Its user lacks a permission. Allow the commands LPUSH, BRPOP, EXPIRE, DEL and INFO on the keys huey.*.</source>
        <translation>Пользователю Redis не хватает прав. Разрешите команды LPUSH, BRPOP, EXPIRE, DEL и INFO для ключей huey.*.</translation>
    </message>
    <message>
        <source>No access token is stored for this account. Enter the token.</source>
        <translation>Для этого аккаунта нет сохранённого токена. Введите токен.</translation>
    </message>
    <message>
        <source>No program sends now. Start the window, `wa-desktop worker` or `wa-desktop serve`.</source>
        <translation>Сейчас ни одна программа не отправляет. Откройте окно или запустите `wa-desktop worker` или `wa-desktop serve`.</translation>
    </message>
    <message>
        <source>None of the old keys given here is the key of this ledger. Nothing was changed. Give the right one; if it is lost, give up the stored tokens: wa-desktop key set --forget-tokens.</source>
        <translation>Ни один из указанных старых ключей не подходит к этой базе. Ничего не изменено. Укажите верный ключ; если он утерян, откажитесь от сохранённых токенов: wa-desktop key set --forget-tokens.</translation>
    </message>
    <message>
        <source>PostgreSQL at {server} cannot be used ({reason}). Correct DATABASE_URL.</source>
        <translation>PostgreSQL ({server}) недоступен ({reason}). Исправьте DATABASE_URL.</translation>
    </message>
    <message>
        <source>Redis refuses jobs ({reason}). {remedy} Nothing is lost: the ledger keeps all work, and sending goes on without the queue until then.</source>
        <translation>Redis отклоняет задания ({reason}). {remedy} Ничего не потеряно: вся работа записана в журнале, и отправка пока идёт без очереди.</translation>
    </message>
    <message>
        <source>Say which suppressions to lift: by code, by campaign or by number.</source>
        <translation>Укажите, какие исключения снять: по коду, по рассылке или по номеру.</translation>
    </message>
    <message>
        <source>Set WA_SECRET_KEY to the value that it has on the machine that stored the tokens.</source>
        <translation>Задайте WA_SECRET_KEY с тем же значением, что на компьютере, где сохранили токены.</translation>
    </message>
    <message>
        <source>Start without WA_SECRET_KEY and with the secret.key of the machine that stored the tokens, or make WA_SECRET_KEY the ledger&apos;s key with: wa-desktop key set.</source>
        <translation>Запустите без WA_SECRET_KEY, с файлом secret.key того компьютера, где сохранили токены, или сделайте WA_SECRET_KEY ключом базы: wa-desktop key set.</translation>
    </message>
    <message>
        <source>The access token was deleted, because the key that it was stored with is lost. Enter the token again.</source>
        <translation>Токен доступа удалён, так как утерян ключ, с которым он был сохранён. Введите токен заново.</translation>
    </message>
    <message>
        <source>The access tokens in this ledger were stored with a WA_SECRET_KEY, which is not set here.</source>
        <translation>Токены доступа в этой базе сохранены с ключом WA_SECRET_KEY, а здесь он не задан.</translation>
    </message>
    <message>
        <source>The access tokens in this ledger were stored with a key file, but WA_SECRET_KEY is set here.</source>
        <translation>Токены доступа в этой базе сохранены с файлом ключа, а здесь задан WA_SECRET_KEY.</translation>
    </message>
    <message>
        <source>The access tokens in this ledger were stored with another key, and there is no key file {path} here.</source>
        <translation>Токены доступа в этой базе сохранены с другим ключом, а файла ключа {path} здесь нет.</translation>
    </message>
    <message>
        <source>The account {name} is stopped: {why} Enter a new token, then resume the account.</source>
        <translation>Аккаунт «{name}» остановлен. {why} Введите новый токен и возобновите отправку с аккаунта.</translation>
    </message>
    <message>
        <source>The account {name} is stopped: {why} Resume the account when the cause is gone.</source>
        <translation>Аккаунт «{name}» остановлен. {why} Когда причина устранена, возобновите отправку с аккаунта.</translation>
    </message>
    <message>
        <source>The database went back to a state before the message was sent; whether it arrived is unknown.</source>
        <translation>База вернулась к состоянию до отправки сообщения; дошло ли оно, неизвестно.</translation>
    </message>
    <message>
        <source>The disk of the PostgreSQL server is full. Nothing was lost; free some space there and go on.</source>
        <translation>Диск сервера PostgreSQL заполнен. Ничего не потеряно: освободите на нём место и продолжайте.</translation>
    </message>
    <message>
        <source>The key file {path} is damaged. Restore it from a backup. If there is none, remove the file and give up the stored tokens: wa-desktop key set --forget-tokens.</source>
        <translation>Файл ключа {path} повреждён. Восстановите его из резервной копии. Если её нет, удалите файл и откажитесь от сохранённых токенов: wa-desktop key set --forget-tokens.</translation>
    </message>
    <message>
        <source>The key file {path} is not the key that the access tokens in this ledger need.</source>
        <translation>Файл ключа {path} не подходит к токенам доступа в этой базе.</translation>
    </message>
    <message>
        <source>The ledger answered too late; the message waits for its next turn.</source>
        <translation>База данных ответила слишком поздно; сообщение ждёт следующей очереди.</translation>
    </message>
    <message>
        <source>The ledger is out of reach ({reason}), and whether it stored the last change is unknown. Sending goes on by itself once it is back; before a command is given again, look whether it was carried out.</source>
        <translation>База данных недоступна ({reason}), и неизвестно, записала ли она последнее изменение. Как только связь восстановится, отправка продолжится сама; прежде чем повторить команду, проверьте, не выполнена ли она.</translation>
    </message>
    <message>
        <source>The ledger was copied or moved while the message was on its way; whether it arrived is unknown.</source>
        <translation>Журнал скопировали или перенесли, пока сообщение было в пути; дошло ли оно, неизвестно.</translation>
    </message>
    <message>
        <source>The ledger was copied or moved. Another copy may have sent its messages: check, then start it.</source>
        <translation>Журнал скопировали или перенесли. Возможно, сообщения уже отправила другая копия: проверьте, затем запустите рассылку.</translation>
    </message>
    <message>
        <source>The ledger&apos;s file {file} cannot be looked at ({reason}).</source>
        <translation>Файл журнала {file} не удаётся проверить ({reason}).</translation>
    </message>
    <message>
        <source>The ledger&apos;s key was changed while this program was running. Start the program again with the new key. Nothing was changed.</source>
        <translation>Ключ базы сменили, пока эта программа работала. Запустите её снова с новым ключом. Ничего не изменено.</translation>
    </message>
    <message>
        <source>The stored access token belongs to another API address or phone number ID, so it is not sent there. Check the address and the ID, then enter the token again.</source>
        <translation>Сохранённый токен относится к другому адресу API или идентификатору номера, поэтому сюда он не отправляется. Проверьте адрес и идентификатор и введите токен заново.</translation>
    </message>
    <message>
        <source>The stored access token cannot be opened with the ledger&apos;s key: it was stored with another key or was changed. Enter the token again.</source>
        <translation>Сохранённый токен не открывается ключом базы: он сохранён с другим ключом или изменён. Введите токен заново.</translation>
    </message>
    <message>
        <source>There is no schema {schema} in this database. Make it (CREATE SCHEMA {schema}), or leave schema out of DATABASE_URL.</source>
        <translation>В этой базе нет схемы {schema}. Создайте её (CREATE SCHEMA {schema}) или уберите schema из DATABASE_URL.</translation>
    </message>
    <message>
        <source>This computer&apos;s clock is {seconds} s ahead of the PostgreSQL server&apos;s. Nothing is sent from here until the two agree. Let both computers take the time from the network (NTP).</source>
        <translation>Часы этого компьютера спешат на {seconds} с относительно часов сервера PostgreSQL. Отсюда ничего не отправляется, пока они не совпадут. Включите на обоих компьютерах синхронизацию времени по сети (NTP).</translation>
    </message>
    <message>
        <source>This computer&apos;s clock is {seconds} s behind the PostgreSQL server&apos;s. Nothing is sent from here until the two agree. Let both computers take the time from the network (NTP).</source>
        <translation>Часы этого компьютера отстают на {seconds} с от часов сервера PostgreSQL. Отсюда ничего не отправляется, пока они не совпадут. Включите на обоих компьютерах синхронизацию времени по сети (NTP).</translation>
    </message>
    <message>
        <source>This ledger was copied or moved. Messages last went out from {place}. Nothing is sent from {here}, so that nobody gets a message twice. If no other copy sends any more, confirm this place: `wa-desktop here`, or the button in the window.</source>
        <translation>Этот журнал скопировали или перенесли. В последний раз сообщения отправлялись отсюда: {place}. Из этого места ({here}) ничего не отправляется, чтобы никто не получил сообщение дважды. Если другие копии больше не отправляют, подтвердите это место: `wa-desktop here` или кнопка в окне.</translation>
    </message>
    <message>
        <source>This machine&apos;s key is the ledger&apos;s key already. There is nothing to do.</source>
        <translation>Ключ этого компьютера уже является ключом базы. Делать ничего не нужно.</translation>
    </message>
    <message>
        <source>This version brings the ledger to a new schema, and wa-desktop of the version before still sends from it{who}. Close that one, then start this one again. Nothing was changed.</source>
        <translation>Эта версия переводит базу на новую схему, а wa-desktop прежней версии ещё отправляет из неё{who}. Закройте прежнюю версию и запустите эту снова. Ничего не изменено.</translation>
    </message>
    <message>
        <source>This version brings the ledger to a new schema, and workers of the version before still send from it: {who}. Stop them, then start this version again. Nothing was changed.</source>
        <translation>Эта версия переводит базу на новую схему, а обработчики прежней версии ещё отправляют из неё: {who}. Остановите их и запустите эту версию снова. Ничего не изменено.</translation>
    </message>
    <message>
        <source>Use the key of the machine that stored the tokens: the same WA_SECRET_KEY, or, where it is not set there, a copy of that machine&apos;s secret.key in the data folder.</source>
        <translation>Возьмите ключ того компьютера, где сохранили токены: то же значение WA_SECRET_KEY или, если там оно не задано, копию его файла secret.key в папке данных.</translation>
    </message>
    <message>
        <source>WA_SECRET_KEY is not the key that the access tokens in this ledger need.</source>
        <translation>WA_SECRET_KEY не подходит к токенам доступа в этой базе.</translation>
    </message>
    <message>
        <source>What the ledger keeps about its key cannot be read. Restore a backup: wa-desktop restore FILE.</source>
        <translation>Сведения о ключе, записанные в базе, не читаются. Восстановите резервную копию: wa-desktop restore ФАЙЛ.</translation>
    </message>
    <message>
        <source>accessToken {reason}.</source>
        <translation>Токен доступа (accessToken) {reason}.</translation>
    </message>
    <message>
        <source>database {name} on {server}</source>
        <translation>база {name} на {server}</translation>
    </message>
    <message>
        <source>deleting</source>
        <translation>удаляется</translation>
    </message>
    <message>
        <source>draft</source>
        <translation>ещё черновик</translation>
    </message>
    <message>
        <source>holds a character that cannot be stored (a zero or half a pair)</source>
        <translation>есть знак, который нельзя сохранить (нулевой или половина пары)</translation>
    </message>
    <message>
        <source>holds blanks or marks that no token has</source>
        <translation>есть пробелы или знаки, которых в токенах не бывает</translation>
    </message>
    <message>
        <source>is being deleted. Choose another template</source>
        <translation>удаляется. Выберите другой шаблон</translation>
    </message>
    <message>
        <source>is being reviewed again by the provider. Wait until it is approved</source>
        <translation>снова проверяется провайдером. Дождитесь одобрения</translation>
    </message>
    <message>
        <source>is locked by the provider. Choose another template</source>
        <translation>заблокирован провайдером. Выберите другой шаблон</translation>
    </message>
    <message>
        <source>is missing</source>
        <translation>не указано</translation>
    </message>
    <message>
        <source>is missing or holds blanks or odd characters</source>
        <translation>не указано или содержит пробелы и посторонние знаки</translation>
    </message>
    <message>
        <source>is needed to send through the Cloud API</source>
        <translation>без него нельзя отправлять через Cloud API</translation>
    </message>
    <message>
        <source>is needed: the digits shown in WhatsApp Manager</source>
        <translation>нужны цифры, которые показывает WhatsApp Manager</translation>
    </message>
    <message>
        <source>is over the provider&apos;s limit of templates. Choose another template</source>
        <translation>превышает допустимое у провайдера число шаблонов. Выберите другой шаблон</translation>
    </message>
    <message>
        <source>is still being reviewed by the provider. Wait until it is approved</source>
        <translation>ещё проверяется провайдером. Дождитесь одобрения</translation>
    </message>
    <message>
        <source>it is not a ledger, or its beginning was overwritten</source>
        <translation>это не база данных, или затёрто её начало</translation>
    </message>
    <message>
        <source>it was cut short</source>
        <translation>файл обрезан</translation>
    </message>
    <message>
        <source>message</source>
        <translation>сообщения</translation>
    </message>
    <message>
        <source>must be 0 to {most} seconds</source>
        <translation>от 0 до {most} секунд</translation>
    </message>
    <message>
        <source>must be 1 to 64 Latin letters, digits, &apos;-&apos;, &apos;_&apos; or &apos;.&apos;</source>
        <translation>от 1 до 64 латинских букв, цифр и знаков «-», «_», «.»</translation>
    </message>
    <message>
        <source>must be 1 to 64 small Latin letters, digits, &apos;-&apos;, &apos;_&apos; or &apos;.&apos;, no &apos;.&apos; first</source>
        <translation>от 1 до 64 строчных латинских букв, цифр и знаков «-», «_», «.»; точка не первая</translation>
    </message>
    <message>
        <source>must be a list of objects</source>
        <translation>должен быть список объектов</translation>
    </message>
    <message>
        <source>must be a text</source>
        <translation>должен быть текст</translation>
    </message>
    <message>
        <source>must be a text that is not empty</source>
        <translation>должен быть непустой текст</translation>
    </message>
    <message>
        <source>must be a time zone such as Europe/Berlin</source>
        <translation>должен быть часовой пояс, например Europe/Moscow</translation>
    </message>
    <message>
        <source>must be among {allowed}</source>
        <translation>может быть только {allowed}</translation>
    </message>
    <message>
        <source>must be an https:// address (http:// only on this computer)</source>
        <translation>должен быть адрес https:// (http:// только на этом компьютере)</translation>
    </message>
    <message>
        <source>must be an object</source>
        <translation>должен быть объект</translation>
    </message>
    <message>
        <source>must be entered again: the stored token is for another API address or phone number ID</source>
        <translation>нужно ввести заново: сохранённый токен относится к другому адресу API или идентификатору номера</translation>
    </message>
    <message>
        <source>must be from 0 to 1</source>
        <translation>от 0 до 1</translation>
    </message>
    <message>
        <source>must be from 0 to 60 seconds</source>
        <translation>от 0 до 60 секунд</translation>
    </message>
    <message>
        <source>must be like https://graph.facebook.com</source>
        <translation>адрес вида https://graph.facebook.com</translation>
    </message>
    <message>
        <source>must be longer than the time-out to connect</source>
        <translation>должно быть больше, чем время ожидания соединения</translation>
    </message>
    <message>
        <source>must have 1 to 200 characters</source>
        <translation>от 1 до 200 знаков</translation>
    </message>
    <message>
        <source>must have 1 to {most} characters</source>
        <translation>от 1 до {most} знаков</translation>
    </message>
    <message>
        <source>must have at most {max_days} days</source>
        <translation>не больше дней, чем {max_days}</translation>
    </message>
    <message>
        <source>must lie after startAt</source>
        <translation>должно быть позже startAt</translation>
    </message>
    <message>
        <source>must lie ahead</source>
        <translation>должно быть в будущем</translation>
    </message>
    <message>
        <source>must lie between -1000000 and 1000000</source>
        <translation>от -1000000 до 1000000</translation>
    </message>
    <message>
        <source>must lie between 1 and 100</source>
        <translation>от 1 до 100</translation>
    </message>
    <message>
        <source>must lie between 1 and 1000000</source>
        <translation>должно быть от 1 до 1000000</translation>
    </message>
    <message>
        <source>must lie between 1 and {most}</source>
        <translation>от 1 до {most}</translation>
    </message>
    <message>
        <source>must not contain {code}</source>
        <translation>не должно содержать {code}</translation>
    </message>
    <message>
        <source>must not exceed {most}</source>
        <translation>не больше {most}</translation>
    </message>
    <message>
        <source>must not exceed {most} messages a second</source>
        <translation>не больше {most} сообщений в секунду</translation>
    </message>
    <message>
        <source>needs a latency of 0 to 60000 ms and a share from 0 to 1</source>
        <translation>задержка от 0 до 60000 мс и доля от 0 до 1</translation>
    </message>
    <message>
        <source>needs max of 1 to {most} and days of 1 to {max_days}</source>
        <translation>max от 1 до {most}, days от 1 до {max_days}</translation>
    </message>
    <message>
        <source>needs max of at least 1 and durationMs of 1 to 86400000</source>
        <translation>max не меньше 1, durationMs от 1 до 86400000</translation>
    </message>
    <message>
        <source>no answer within {seconds:g} s</source>
        <translation>ответа не было {seconds:g} с</translation>
    </message>
    <message>
        <source>no connection within {seconds:g} s</source>
        <translation>связи не было {seconds:g} с</translation>
    </message>
    <message>
        <source>no connection: {reason}</source>
        <translation>нет связи: {reason}</translation>
    </message>
    <message>
        <source>no reason is known.</source>
        <translation>Причина неизвестна.</translation>
    </message>
    <message>
        <source>no time zone</source>
        <translation>не указан часовой пояс</translation>
    </message>
    <message>
        <source>none</source>
        <translation>нет</translation>
    </message>
    <message>
        <source>not a date and time</source>
        <translation>это не дата и время</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>на паузе</translation>
    </message>
    <message>
        <source>pg_dump could not back the ledger up ({reason}).</source>
        <translation>pg_dump не удалось скопировать базу данных ({reason}).</translation>
    </message>
    <message>
        <source>pg_dump here is of version {found}, the server of version {server}: it refuses to read a newer one. Install the client of PostgreSQL {server}.</source>
        <translation>Здесь pg_dump версии {found}, а сервер версии {server}: более новый он читать не станет. Установите клиент PostgreSQL {server}.</translation>
    </message>
    <message>
        <source>pg_restore here is of version {found}. Install the client of PostgreSQL {needed} or later.</source>
        <translation>Здесь pg_restore версии {found}. Установите клиент PostgreSQL {needed} или новее.</translation>
    </message>
    <message>
        <source>preparing</source>
        <translation>готовится</translation>
    </message>
    <message>
        <source>process {pid} on {host}</source>
        <translation>процесс {pid} на {host}</translation>
    </message>
    <message>
        <source>process {pid} on {host}, seen {seconds} s ago</source>
        <translation>процесс {pid} на {host}, виден {seconds} с назад</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>начинается</translation>
    </message>
    <message>
        <source>running</source>
        <translation>идёт</translation>
    </message>
    <message>
        <source>scheduled</source>
        <translation>запланирована</translation>
    </message>
    <message>
        <source>suppression</source>
        <translation>исключение</translation>
    </message>
    <message>
        <source>taken</source>
        <translation>уже занято</translation>
    </message>
    <message>
        <source>the answer broke off or could not be read</source>
        <translation>ответ оборвался, или его не удалось прочитать</translation>
    </message>
    <message>
        <source>the connection was lost before the answer came</source>
        <translation>связь прервалась, прежде чем пришёл ответ</translation>
    </message>
    <message>
        <source>the provider answered 200 without a message id</source>
        <translation>провайдер ответил 200, но не назвал id сообщения</translation>
    </message>
    <message>
        <source>the provider answered {status} with a body that is too long</source>
        <translation>провайдер ответил {status}, но ответ слишком длинный</translation>
    </message>
    <message>
        <source>the provider answered {status} with {what}</source>
        <translation>провайдер ответил {status} с {what}</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>неизвестно</translation>
    </message>
    <message>
        <source>was archived. Restore it or choose another template</source>
        <translation>в архиве. Верните его или выберите другой шаблон</translation>
    </message>
    <message>
        <source>was deleted. Choose another template</source>
        <translation>удалён. Выберите другой шаблон</translation>
    </message>
    <message>
        <source>was disabled by the provider for good. Choose another template</source>
        <translation>навсегда отключён провайдером. Выберите другой шаблон</translation>
    </message>
    <message>
        <source>was paused by the provider for its quality. Wait until it is approved again</source>
        <translation>приостановлен провайдером из-за качества. Дождитесь, пока его снова одобрят</translation>
    </message>
    <message>
        <source>was rejected by the provider. Correct it or choose another template</source>
        <translation>отклонён провайдером. Исправьте его или выберите другой шаблон</translation>
    </message>
    <message>
        <source>{address} answered {status}, but not as the Cloud API does. Check the account&apos;s apiBaseUrl, and whether a proxy stands between.</source>
        <translation>{address} ответил {status}, но не так, как отвечает Cloud API. Проверьте apiBaseUrl аккаунта и нет ли по пути прокси.</translation>
    </message>
    <message>
        <source>{address} did not answer in time. Try again in a minute.</source>
        <translation>{address} не ответил вовремя. Попробуйте через минуту.</translation>
    </message>
    <message>
        <source>{at} {reason}</source>
        <translation>{at}: {reason}</translation>
    </message>
    <message>
        <source>{cause} (code {code})</source>
        <translation>{cause} (код {code})</translation>
    </message>
    <message>
        <source>{cause} (code {code}, subcode {subcode})</source>
        <translation>{cause} (код {code}, подкод {subcode})</translation>
    </message>
    <message>
        <source>{column} cannot hold both the phone numbers and the messages.</source>
        <translation>В столбце «{column}» не могут быть сразу и номера, и сообщения.</translation>
    </message>
    <message>
        <source>{count} queue entries could not be read and were dropped. They come from another version of wa-desktop or from another program that writes to the queue. No message is lost. If no other version runs, restrict access to the queue.</source>
        <translation>Из очереди удалено нечитаемых записей: {count}. Их оставила другая версия wa-desktop или другая программа, которая пишет в очередь. Ни одно сообщение не потеряно. Если другая версия не запущена, ограничьте доступ к очереди.</translation>
    </message>
    <message>
        <source>{error} Waiting for it, at most {seconds} more seconds (WA_WAIT_FOR_DATABASE).</source>
        <translation>{error} Программа ждёт её ещё не более {seconds} с (WA_WAIT_FOR_DATABASE).</translation>
    </message>
    <message>
        <source>{failures} of the last {seen} messages failed.</source>
        <translation>Не отправлены сообщения: {failures} из последних {seen}.</translation>
    </message>
    <message>
        <source>{failures} of the last {seen} messages failed. Most often: {cause}</source>
        <translation>Не отправлены сообщения: {failures} из последних {seen}. Чаще всего: {cause}</translation>
    </message>
    <message>
        <source>{file} on {computer}</source>
        <translation>{file} на компьютере {computer}</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} ч {minutes} мин</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} мин</translation>
    </message>
    <message>
        <source>{name!r} is no encoding of text.</source>
        <translation>«{name}» не кодировка текста.</translation>
    </message>
    <message>
        <source>{name!r} is no known encoding. Examples: utf-8, windows-1251, utf-16.</source>
        <translation>Кодировка «{name}» неизвестна. Примеры: utf-8, windows-1251, utf-16.</translation>
    </message>
    <message>
        <source>{name} cannot be read: {reason}.</source>
        <translation>Файл «{name}» не удаётся прочитать: {reason}.</translation>
    </message>
    <message>
        <source>{name} changed after it was opened. Nothing was taken from it. Wait until it is saved, then choose the file again.</source>
        <translation>Файл {name} изменился после того, как был открыт. Из него ничего не взято. Дождитесь, пока он сохранится, и выберите его снова.</translation>
    </message>
    <message>
        <source>{name} could not be read because of a fault in this program. The log has the details; try another format, such as .csv.</source>
        <translation>Файл «{name}» не прочитан из-за ошибки в программе. Подробности в журнале; попробуйте другой формат, например .csv.</translation>
    </message>
    <message>
        <source>{name} could not be restored ({reason}). The ledger is as it was.</source>
        <translation>Не удалось восстановить «{name}» ({reason}). База данных осталась прежней.</translation>
    </message>
    <message>
        <source>{name} disappeared while it was in use. Nothing was taken from it. Choose the file again.</source>
        <translation>Файл {name} исчез во время работы с ним. Из него ничего не взято. Выберите файл снова.</translation>
    </message>
    <message>
        <source>{name} has no sheet {sheet!r}. Its sheets: {sheets}.</source>
        <translation>В файле «{name}» нет листа «{sheet}». Его листы: {sheets}.</translation>
    </message>
    <message>
        <source>{name} has {width:,} columns, more than {most:,}. Keep the columns you need, or say which delimiter it has.</source>
        <translation>В файле «{name}» слишком много столбцов: {width:,}, а можно не больше {most:,}. Оставьте нужные или укажите разделитель.</translation>
    </message>
    <message>
        <source>{name} is a .zip archive. Unpack it and choose a file inside.</source>
        <translation>{name} — архив .zip. Распакуйте его и выберите файл внутри.</translation>
    </message>
    <message>
        <source>{name} is a binary workbook (.xlsb). Open it in a spreadsheet program and save it as .xlsx.</source>
        <translation>{name} — двоичная книга (.xlsb). Откройте её в табличном редакторе и сохраните как .xlsx.</translation>
    </message>
    <message>
        <source>{name} is a document of Apple Numbers. Export it as Excel (.xlsx) or .csv and choose that file.</source>
        <translation>{name} — документ Apple Numbers. Экспортируйте его в Excel (.xlsx) или .csv и выберите полученный файл.</translation>
    </message>
    <message>
        <source>{name} is a file of contact cards (vCard). Export the contacts as .csv and choose that file.</source>
        <translation>{name} — файл визитных карточек (vCard). Экспортируйте контакты в .csv и выберите полученный файл.</translation>
    </message>
    <message>
        <source>{name} is a folder. Choose a file inside it.</source>
        <translation>«{name}» — это папка. Выберите файл внутри неё.</translation>
    </message>
    <message>
        <source>{name} is a shortcut, not the file itself. Choose the file that it leads to.</source>
        <translation>{name} — ярлык, а не сам файл. Выберите файл, на который он указывает.</translation>
    </message>
    <message>
        <source>{name} is a text document or a presentation. Copy its table into a workbook and choose that.</source>
        <translation>{name} — текстовый документ или презентация. Скопируйте таблицу в книгу Excel и выберите её.</translation>
    </message>
    <message>
        <source>{name} is a text document. Copy its table into a workbook and choose that.</source>
        <translation>{name} — текстовый документ. Скопируйте таблицу в книгу Excel и выберите её.</translation>
    </message>
    <message>
        <source>{name} is a web archive. Open it in a spreadsheet program and save it as .xlsx or .csv.</source>
        <translation>{name} — веб-архив. Откройте его в табличном редакторе и сохраните как .xlsx или .csv.</translation>
    </message>
    <message>
        <source>{name} is a web page without a table. Open it in a spreadsheet program and save it as .xlsx or .csv.</source>
        <translation>{name} — веб-страница без таблицы. Откройте её в табличном редакторе и сохраните как .xlsx или .csv.</translation>
    </message>
    <message>
        <source>{name} is an XML file but no workbook. Open it in a spreadsheet program and save it as .xlsx or .csv.</source>
        <translation>{name} — файл XML, но не книга Excel. Откройте его в табличном редакторе и сохраните как .xlsx или .csv.</translation>
    </message>
    <message>
        <source>{name} is an empty archive. Choose another file.</source>
        <translation>{name} — пустой архив. Выберите другой файл.</translation>
    </message>
    <message>
        <source>{name} is damaged ({reason}).</source>
        <translation>Файл «{name}» повреждён ({reason}).</translation>
    </message>
    <message>
        <source>{name} is damaged from line {line:,} on: half a character is missing. Save it again.</source>
        <translation>Файл {name} повреждён начиная со строки {line:,}: не хватает половины символа. Сохраните его заново.</translation>
    </message>
    <message>
        <source>{name} is damaged or not a workbook. Open it in a spreadsheet program and save it again as .xlsx or .csv.</source>
        <translation>Файл «{name}» повреждён или это не таблица. Откройте его в редакторе таблиц и сохраните заново как .xlsx или .csv.</translation>
    </message>
    <message>
        <source>{name} is damaged, or not the dump of a ledger.</source>
        <translation>Файл «{name}» повреждён или это не копия базы данных.</translation>
    </message>
    <message>
        <source>{name} is damaged: its counts do not fit its campaigns.</source>
        <translation>Файл «{name}» повреждён: его счётчики не сходятся с рассылками.</translation>
    </message>
    <message>
        <source>{name} is damaged: rows refer to rows that are missing.</source>
        <translation>Файл «{name}» повреждён: записи ссылаются на отсутствующие.</translation>
    </message>
    <message>
        <source>{name} is empty. Choose a file with phone numbers.</source>
        <translation>Файл «{name}» пуст. Выберите файл с номерами телефонов.</translation>
    </message>
    <message>
        <source>{name} is empty. Choose a workbook with phone numbers.</source>
        <translation>Таблица «{name}» пуста. Выберите файл с номерами телефонов.</translation>
    </message>
    <message>
        <source>{name} is not a dump of PostgreSQL.</source>
        <translation>Файл «{name}» не копия базы PostgreSQL.</translation>
    </message>
    <message>
        <source>{name} is not a ledger of wa-desktop.</source>
        <translation>Файл «{name}» не база данных wa-desktop.</translation>
    </message>
    <message>
        <source>{name} is not a regular file. Choose a saved file.</source>
        <translation>«{name}» не обычный файл. Выберите сохранённый файл.</translation>
    </message>
    <message>
        <source>{name} is not a table but a picture or another kind of file. Choose a .csv, .txt, .xlsx, .xls or .ods file.</source>
        <translation>«{name}» не таблица, а картинка или файл другого рода. Выберите файл .csv, .txt, .xlsx, .xls или .ods.</translation>
    </message>
    <message>
        <source>{name} is not on this computer yet, only its place in the cloud. Download it and choose it again.</source>
        <translation>Файла {name} ещё нет на этом компьютере, он только в облаке. Скачайте его и выберите снова.</translation>
    </message>
    <message>
        <source>{name} is not there any more. Choose the file again.</source>
        <translation>Файла «{name}» больше нет. Выберите файл снова.</translation>
    </message>
    <message>
        <source>{name} is not written in {encoding}. Say which encoding it has, or save it as UTF-8.</source>
        <translation>Файл «{name}» записан не в кодировке {encoding}. Укажите его кодировку или сохраните его в UTF-8.</translation>
    </message>
    <message>
        <source>{name} is not written in {encoding}. Say which encoding it has.</source>
        <translation>Файл «{name}» записан не в кодировке {encoding}. Укажите его кодировку.</translation>
    </message>
    <message>
        <source>{name} is only a link to a web page. Open it, download the list as .xlsx or .csv and choose that file.</source>
        <translation>{name} — только ссылка на веб-страницу. Откройте её, скачайте список как .xlsx или .csv и выберите скачанный файл.</translation>
    </message>
    <message>
        <source>{name} is out of reach ({reason}).</source>
        <translation>Файл «{name}» недоступен ({reason}).</translation>
    </message>
    <message>
        <source>{name} is protected by a password. Save it without one and choose it again.</source>
        <translation>Файл «{name}» защищён паролем. Сохраните его без пароля и выберите снова.</translation>
    </message>
    <message>
        <source>{name} is the backup of a ledger on SQLite, and DATABASE_URL names PostgreSQL. Choose a dump (ledger-….dump), or restore without DATABASE_URL.</source>
        <translation>«{name}» — копия базы SQLite, а DATABASE_URL указывает на PostgreSQL. Выберите дамп (ledger-….dump) или восстановите без DATABASE_URL.</translation>
    </message>
    <message>
        <source>{name} is the lock file of an office program: it exists while {workbook} is open and holds no rows. Choose {workbook}.</source>
        <translation>{name} — временный файл офисной программы: он есть, только пока открыт файл {workbook}, и списка в нём нет. Выберите {workbook}.</translation>
    </message>
    <message>
        <source>{name} is the lock file that Excel keeps beside an open workbook. Choose the workbook itself.</source>
        <translation>{name} — временный файл, который Excel держит рядом с открытой книгой. Выберите саму книгу.</translation>
    </message>
    <message>
        <source>{name} may not be read by you. Change its permissions or copy it.</source>
        <translation>У вас нет права читать файл «{name}». Измените права или скопируйте его.</translation>
    </message>
    <message>
        <source>{name} mixes two encodings: line {line:,} is UTF-8, but other lines are {encoding}. Save it in one encoding, or say which one it has: rows in another are left out.</source>
        <translation>В файле {name} смешаны две кодировки: строка {line:,} — UTF-8, а другие строки — {encoding}. Сохраните файл в одной кодировке или укажите её: строки в другой кодировке не войдут.</translation>
    </message>
    <message>
        <source>{name} needs more memory than the {limit:,} MB that reading a file may take. Save it as .csv and choose that file.</source>
        <translation>Для чтения файла {name} нужно больше {limit:,} МБ памяти, а это предел. Сохраните его как .csv и выберите этот файл.</translation>
    </message>
    <message>
        <source>{name} unpacks to {size:,} MB, too much for a workbook. Save it as .csv.</source>
        <translation>Файл «{name}» распаковывается в {size:,} МБ: слишком много для таблицы. Сохраните его как .csv.</translation>
    </message>
    <message>
        <source>{name} was written by a newer PostgreSQL than pg_restore here (version {found}). Install the client of PostgreSQL {needed} or later.</source>
        <translation>«{name}» создан более новым PostgreSQL, чем здешний pg_restore (версия {found}). Установите клиент PostgreSQL {needed} или новее.</translation>
    </message>
    <message>
        <source>{name} was written by a newer version of wa-desktop (it knows {migration}). Update the program.</source>
        <translation>Файл «{name}» записала более новая версия wa-desktop (ей известно {migration}). Обновите программу.</translation>
    </message>
    <message>
        <source>{path} is no file. Move it away, or choose another place.</source>
        <translation>{path} не файл. Уберите его или выберите другое место.</translation>
    </message>
    <message>
        <source>{problems}.</source>
        <translation>{problems}.</translation>
    </message>
    <message>
        <source>{program} does not run ({reason}). Install PostgreSQL&apos;s client again.</source>
        <translation>{program} не запускается ({reason}). Установите клиент PostgreSQL заново.</translation>
    </message>
    <message>
        <source>{program} of {user} at {place}</source>
        <translation>{program} (пользователь {user}, {place})</translation>
    </message>
    <message>
        <source>{tag!r} is no region. Use a tag such as ru, de or pt-BR.</source>
        <translation>«{tag}» – не регион. Укажите метку, например ru, de или pt-BR.</translation>
    </message>
    <message>
        <source>{text!r} does not say in which zone. Add an offset such as +02:00, or a zone such as Europe/Berlin.</source>
        <translation>«{text}»: не указан часовой пояс. Добавьте смещение, например +03:00, или пояс, например Europe/Moscow.</translation>
    </message>
    <message>
        <source>{text!r} is no time to start at. Write 2026-03-29T09:00 with a zone beside it, or 2026-03-29T09:00:00+02:00.</source>
        <translation>«{text}» не время начала. Напишите 2026-03-29T09:00 с часовым поясом рядом или 2026-03-29T09:00:00+03:00.</translation>
    </message>
    <message>
        <source>{text} is neither a phone number with its country code nor a country&apos;s two letters.</source>
        <translation>{text} — не номер телефона с кодом страны и не двухбуквенный код страны.</translation>
    </message>
    <message>
        <source>{what} Nothing was changed. {advice} To set a new key: wa-desktop key set --help.</source>
        <translation>{what} Ничего не изменено. {advice} Чтобы задать новый ключ: wa-desktop key set --help.</translation>
    </message>
    <message>
        <source>{what} is out of reach ({reason}). Nothing is lost: the ledger keeps all work, and sending goes on without the queue until it is back.</source>
        <translation>{what}: нет доступа ({reason}). Ничего не потеряно: вся работа хранится в базе данных, и отправка идёт без очереди, пока доступ не вернётся.</translation>
    </message>
</context>
<context>
    <name>CountTiles</name>
    <message>
        <source>Messages</source>
        <translation>Сообщения</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Ждут</translation>
    </message>
    <message>
        <source>Delayed</source>
        <translation>Отложены</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>В отправке</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Отправлены</translation>
    </message>
    <message>
        <source>Held by the provider</source>
        <translation>Удержано провайдером</translation>
    </message>
    <message>
        <source>Part of what was sent. The provider holds these back while it watches how the first ones are received, then sends or drops them by itself.</source>
        <translation>Часть отправленных. Провайдер удерживает их, пока смотрит, как люди встречают первые сообщения, а затем сам отправляет или отбрасывает их.</translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation>Доставлены</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Прочитаны</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ошибки</translation>
    </message>
    <message>
        <source>In doubt</source>
        <translation>Неясно</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>Пропущены</translation>
    </message>
    <message>
        <source>Whether these arrived is unknown, so they are not sent again by themselves.</source>
        <translation>Дошли ли они, неизвестно, поэтому сами они повторно не отправляются.</translation>
    </message>
</context>
<context>
    <name>Counted</name>
    <message numerus="yes">
        <source>%n message(s) are in doubt: whether they arrived is unknown, so they are not sent again.</source>
        <translation>
            <numerusform>%n сообщение под вопросом: дошло ли оно, неизвестно, поэтому повторно оно не отправляется.</numerusform>
            <numerusform>%n сообщения под вопросом: дошли ли они, неизвестно, поэтому повторно они не отправляются.</numerusform>
            <numerusform>%n сообщений под вопросом: дошли ли они, неизвестно, поэтому повторно они не отправляются.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n campaign(s) go on where they stopped.</source>
        <translation>
            <numerusform>%n рассылка продолжается с места остановки.</numerusform>
            <numerusform>%n рассылки продолжаются с места остановки.</numerusform>
            <numerusform>%n рассылок продолжаются с места остановки.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n campaign(s) are scheduled.</source>
        <translation>
            <numerusform>Запланирована %n рассылка.</numerusform>
            <numerusform>Запланированы %n рассылки.</numerusform>
            <numerusform>Запланировано %n рассылок.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more campaign(s) are scheduled after it.</source>
        <translation>
            <numerusform>После неё запланирована ещё %n рассылка.</numerusform>
            <numerusform>После неё запланированы ещё %n рассылки.</numerusform>
            <numerusform>После неё запланировано ещё %n рассылок.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n campaign(s) are still sending.</source>
        <translation>
            <numerusform>Ещё идёт %n рассылка.</numerusform>
            <numerusform>Ещё идут %n рассылки.</numerusform>
            <numerusform>Ещё идут %n рассылок.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CountryBox</name>
    <message>
        <source>None</source>
        <translation>Нет</translation>
    </message>
</context>
<context>
    <name>DoubtCard</name>
    <message>
        <source>Send again…</source>
        <translation>Отправить снова…</translation>
    </message>
    <message>
        <source>Treat as sent…</source>
        <translation>Считать отправленными…</translation>
    </message>
    <message>
        <source>Leave</source>
        <translation>Оставить</translation>
    </message>
    <message numerus="yes">
        <source>%Ln message(s) are in doubt: it is unknown whether they arrived.</source>
        <translation>
            <numerusform>%Ln сообщение под вопросом: дошло ли оно, неизвестно.</numerusform>
            <numerusform>%Ln сообщения под вопросом: дошли ли они, неизвестно.</numerusform>
            <numerusform>%Ln сообщений под вопросом: дошли ли они, неизвестно.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Elsewhere</name>
    <message>
        <source>Another wa-desktop sends from this data folder (process %1). This window shows the same data and sends nothing itself; what you do here, the other one carries out.</source>
        <translation>Из этой папки данных отправляет другая программа wa-desktop (процесс %1). Это окно показывает те же данные и само ничего не отправляет; то, что вы делаете здесь, выполняет та программа.</translation>
    </message>
    <message>
        <source>This window sends nothing: another wa-desktop held the data folder when it opened, and none sends now.</source>
        <translation>Это окно ничего не отправляет: когда оно открылось, папку данных занимала другая программа wa-desktop, а сейчас не отправляет никто.</translation>
    </message>
    <message>
        <source>Send from here</source>
        <translation>Отправлять отсюда</translation>
    </message>
</context>
<context>
    <name>Encoding</name>
    <message>
        <source>all scripts</source>
        <translation>все письменности</translation>
    </message>
    <message>
        <source>Cyrillic</source>
        <translation>кириллица</translation>
    </message>
    <message>
        <source>Cyrillic, MS-DOS</source>
        <translation>кириллица, MS-DOS</translation>
    </message>
    <message>
        <source>Western European</source>
        <translation>западноевропейская</translation>
    </message>
    <message>
        <source>Central European</source>
        <translation>центральноевропейская</translation>
    </message>
    <message>
        <source>Baltic</source>
        <translation>балтийская</translation>
    </message>
    <message>
        <source>Greek</source>
        <translation>греческая</translation>
    </message>
    <message>
        <source>Turkish</source>
        <translation>турецкая</translation>
    </message>
    <message>
        <source>Hebrew</source>
        <translation>иврит</translation>
    </message>
    <message>
        <source>Arabic</source>
        <translation>арабская</translation>
    </message>
    <message>
        <source>Chinese</source>
        <translation>китайская</translation>
    </message>
    <message>
        <source>Chinese, traditional</source>
        <translation>китайская традиционная</translation>
    </message>
    <message>
        <source>Japanese</source>
        <translation>японская</translation>
    </message>
    <message>
        <source>Korean</source>
        <translation>корейская</translation>
    </message>
</context>
<context>
    <name>Events</name>
    <message>
        <source>On its way</source>
        <translation>В пути</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Отправлено</translation>
    </message>
    <message>
        <source>Held by the provider</source>
        <translation>Удержано провайдером</translation>
    </message>
    <message>
        <source>Put off</source>
        <translation>Отложено</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>Возвращено в очередь</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ошибка</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>Пропущено</translation>
    </message>
    <message>
        <source>In doubt</source>
        <translation>Неясно</translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation>Доставлено</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Прочитано</translation>
    </message>
</context>
<context>
    <name>FieldButtons</name>
    <message>
        <source>Put %1 into the text</source>
        <translation>Вставить %1 в текст</translation>
    </message>
</context>
<context>
    <name>FileChooser</name>
    <message>
        <source>Choose files with phone numbers</source>
        <translation>Выберите файлы с номерами телефонов</translation>
    </message>
    <message>
        <source>Lists (*.csv *.tsv *.txt *.xlsx *.xls *.ods)</source>
        <translation>Списки (*.csv *.tsv *.txt *.xlsx *.xls *.ods)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Все файлы (*)</translation>
    </message>
</context>
<context>
    <name>FileDesk</name>
    <message>
        <source>Leave this file out</source>
        <translation>Убрать этот файл</translation>
    </message>
    <message>
        <source>Read quotation marks as plain characters</source>
        <translation>Читать кавычки как обычные знаки</translation>
    </message>
    <message>
        <source>No row of this file can be used.</source>
        <translation>Ни одну строку этого файла нельзя использовать.</translation>
    </message>
    <message>
        <source>No column with phone numbers was found. Choose the column that holds them, or another file.</source>
        <translation>Столбец с номерами телефонов не найден. Выберите его или другой файл.</translation>
    </message>
    <message>
        <source>This file cannot be used.</source>
        <translation>Этот файл нельзя использовать.</translation>
    </message>
</context>
<context>
    <name>FileDrop</name>
    <message>
        <source>%1 is not on this computer, so it cannot be read. Copy the file to this computer first, then drop the copy.</source>
        <translation>%1 находится не на этом компьютере, поэтому прочитать его нельзя. Сначала скопируйте файл на этот компьютер, затем перетащите копию.</translation>
    </message>
</context>
<context>
    <name>FilePanel</name>
    <message>
        <source>One list of %1 files</source>
        <translation>Один список, файлов: %1</translation>
    </message>
    <message>
        <source>Reading… %1 rows so far</source>
        <translation>Чтение… строк: %1</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Чтение…</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Выберите…</translation>
    </message>
    <message>
        <source>Find it</source>
        <translation>Определить автоматически</translation>
    </message>
    <message>
        <source>Line %1: “%2” – %3</source>
        <translation>Строка %1: «%2» – %3</translation>
    </message>
    <message>
        <source>… and %1 more</source>
        <translation>… и ещё %1</translation>
    </message>
    <message numerus="yes">
        <source>%Ln good</source>
        <comment>rows</comment>
        <translation>
            <numerusform>%Ln подходит</numerusform>
            <numerusform>%Ln подходят</numerusform>
            <numerusform>%Ln подходят</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln duplicate(s)</source>
        <comment>rows</comment>
        <translation>
            <numerusform>%Ln повтор</numerusform>
            <numerusform>%Ln повтора</numerusform>
            <numerusform>%Ln повторов</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln bad</source>
        <comment>rows</comment>
        <translation>
            <numerusform>%Ln не подходит</numerusform>
            <numerusform>%Ln не подходят</numerusform>
            <numerusform>%Ln не подходят</numerusform>
        </translation>
    </message>
    <message>
        <source>None. Numbers are also in: %1</source>
        <translation>Нет. Номера есть и здесь: %1</translation>
    </message>
    <message>
        <source>Another file…</source>
        <translation>Другой файл…</translation>
    </message>
    <message>
        <source>File of the list that is shown</source>
        <translation>Показанный файл списка</translation>
    </message>
    <message>
        <source>First rows of the file</source>
        <translation>Первые строки файла</translation>
    </message>
    <message>
        <source>Column with the phone numbers</source>
        <translation>Столбец с номерами телефонов</translation>
    </message>
    <message>
        <source>Column that supplies the number where the first is empty</source>
        <translation>Столбец, из которого берётся номер, если первый пуст</translation>
    </message>
    <message>
        <source>Country of numbers without a country code</source>
        <translation>Страна для номеров без кода страны</translation>
    </message>
    <message>
        <source>Sheet</source>
        <translation>Лист</translation>
    </message>
    <message>
        <source>Sheet:</source>
        <translation>Лист:</translation>
    </message>
    <message>
        <source>Phone column:</source>
        <translation>Столбец с номерами:</translation>
    </message>
    <message>
        <source>Second column:</source>
        <translation>Второй столбец:</translation>
    </message>
    <message>
        <source>Default country:</source>
        <translation>Страна по умолчанию:</translation>
    </message>
    <message>
        <source>Rows that cannot be used</source>
        <translation>Строки, которые нельзя использовать</translation>
    </message>
</context>
<context>
    <name>Findings</name>
    <message>
        <source>Include hidden rows and columns</source>
        <translation>Включить скрытые строки и столбцы</translation>
    </message>
    <message>
        <source>Accept these numbers</source>
        <translation>Принять эти номера</translation>
    </message>
    <message>
        <source>Use %1</source>
        <translation>Выбрать: %1</translation>
    </message>
    <message>
        <source>These look like numbers of another country than %1.</source>
        <translation>Похоже, это номера другой страны. Сейчас выбрано: %1.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) are bad only because no country is chosen.</source>
        <translation>
            <numerusform>%Ln строка не подходит только потому, что не выбрана страна.</numerusform>
            <numerusform>%Ln строки не подходят только потому, что не выбрана страна.</numerusform>
            <numerusform>%Ln строк не подходят только потому, что не выбрана страна.</numerusform>
        </translation>
    </message>
    <message>
        <source>Many rows are bad only because no country is chosen.</source>
        <translation>Многие строки не подходят только потому, что не выбрана страна.</translation>
    </message>
    <message>
        <source>They fit several countries: choose theirs as the default country.</source>
        <translation>Они подходят нескольким странам: выберите их страну как страну по умолчанию.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln hidden row(s) are left out.</source>
        <translation>
            <numerusform>%Ln скрытая строка пропущена.</numerusform>
            <numerusform>%Ln скрытые строки пропущены.</numerusform>
            <numerusform>%Ln скрытых строк пропущено.</numerusform>
        </translation>
    </message>
    <message>
        <source>Hidden columns are left out: %1.</source>
        <translation>Скрытые столбцы пропущены: %1.</translation>
    </message>
    <message>
        <source>Hidden rows and columns are included.</source>
        <translation>Скрытые строки и столбцы учитываются.</translation>
    </message>
    <message>
        <source>Numbers are accepted that their country&apos;s plan does not contain.</source>
        <translation>Принимаются и номера, которых нет в плане нумерации страны.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln number(s) are not in their country&apos;s plan.</source>
        <translation>
            <numerusform>%Ln номера нет в плане нумерации его страны.</numerusform>
            <numerusform>%Ln номеров нет в планах нумерации их стран.</numerusform>
            <numerusform>%Ln номеров нет в планах нумерации их стран.</numerusform>
        </translation>
    </message>
    <message>
        <source>Many numbers are not in their country&apos;s plan.</source>
        <translation>Многих номеров нет в планах нумерации их стран.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) are left out: they hold characters that are not %1.</source>
        <translation>
            <numerusform>%Ln строка пропущена: в ней есть символы не в кодировке %1.</numerusform>
            <numerusform>%Ln строки пропущены: в них есть символы не в кодировке %1.</numerusform>
            <numerusform>%Ln строк пропущено: в них есть символы не в кодировке %1.</numerusform>
        </translation>
    </message>
    <message>
        <source>Lines: %1. Correct them in the file, or choose another encoding.</source>
        <translation>Строки: %1. Исправьте их в файле или выберите другую кодировку.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln cell(s) hold several numbers: the first mobile number of each is used.</source>
        <translation>
            <numerusform>В %Ln ячейке несколько номеров: взят первый мобильный.</numerusform>
            <numerusform>В %Ln ячейках по нескольку номеров: из каждой взят первый мобильный.</numerusform>
            <numerusform>В %Ln ячейках по нескольку номеров: из каждой взят первый мобильный.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Foot</name>
    <message>
        <source>Recipients added</source>
        <translation>Добавлено получателей</translation>
    </message>
    <message>
        <source>Create</source>
        <translation>Создать</translation>
    </message>
    <message>
        <source>Makes a draft that can be started later</source>
        <translation>Создаёт черновик, который можно начать позже</translation>
    </message>
    <message>
        <source>Create and start</source>
        <translation>Создать и начать</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
    <message>
        <source>Create and schedule</source>
        <translation>Создать и запланировать</translation>
    </message>
    <message>
        <source>Adding recipients: %1</source>
        <translation>Добавление получателей: %1</translation>
    </message>
</context>
<context>
    <name>HistoryDialog</name>
    <message>
        <source>Message</source>
        <translation>Сообщение</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>Событие</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Причина</translation>
    </message>
    <message>
        <source>Field</source>
        <translation>Поле</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Значение</translation>
    </message>
    <message>
        <source>Text of the message</source>
        <translation>Текст сообщения</translation>
    </message>
    <message>
        <source>Fields</source>
        <translation>Поля</translation>
    </message>
    <message>
        <source>History</source>
        <translation>История</translation>
    </message>
    <message>
        <source>Attempts: %1</source>
        <translation>Попыток: %1</translation>
    </message>
    <message>
        <source>WhatsApp&apos;s id: %1</source>
        <translation>ID сообщения в WhatsApp: %1</translation>
    </message>
</context>
<context>
    <name>Lack</name>
    <message>
        <source>There are no recipients.</source>
        <translation>Нет получателей.</translation>
    </message>
    <message>
        <source>The files are being read.</source>
        <translation>Файлы ещё читаются.</translation>
    </message>
    <message>
        <source>Give the campaign a name.</source>
        <translation>Назовите рассылку.</translation>
    </message>
    <message>
        <source>Choose an account to send from.</source>
        <translation>Выберите аккаунт для отправки.</translation>
    </message>
    <message>
        <source>Choose the column with the messages.</source>
        <translation>Выберите столбец с сообщениями.</translation>
    </message>
    <message>
        <source>Write the message.</source>
        <translation>Напишите сообщение.</translation>
    </message>
    <message>
        <source>Give the template&apos;s name and language.</source>
        <translation>Укажите название и язык шаблона.</translation>
    </message>
    <message>
        <source>The start is in the past.</source>
        <translation>Время начала уже прошло.</translation>
    </message>
    <message>
        <source>The time at which it expires is in the past.</source>
        <translation>Срок действия уже истёк.</translation>
    </message>
    <message>
        <source>It would expire before it starts.</source>
        <translation>Срок истёк бы раньше, чем рассылка начнётся.</translation>
    </message>
    <message>
        <source>The quiet hours begin and end at the same time.</source>
        <translation>Тихие часы начинаются и кончаются в одно и то же время.</translation>
    </message>
    <message>
        <source>%1 cannot be used as it is. Correct it or leave it out.</source>
        <translation>%1 в таком виде использовать нельзя. Исправьте его или уберите из списка.</translation>
    </message>
    <message>
        <source>“%1” is no field and goes out as it stands.</source>
        <translation>«%1» не поле и будет отправлено как есть.</translation>
    </message>
    <message>
        <source>The file has no column for: %1</source>
        <translation>В файле нет столбца для: %1</translation>
    </message>
    <message>
        <source>%1 has no column for: %2</source>
        <translation>В файле %1 нет столбца для: %2</translation>
    </message>
</context>
<context>
    <name>Message</name>
    <message>
        <source>Not started</source>
        <translation>Не начато</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Ждёт</translation>
    </message>
    <message>
        <source>Delayed</source>
        <translation>Отложено</translation>
    </message>
    <message>
        <source>About to be sent</source>
        <translation>Вот-вот уйдёт</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>Отправляется</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Отправлено</translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation>Доставлено</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Прочитано</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ошибка</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>Пропущено</translation>
    </message>
    <message>
        <source>In doubt</source>
        <translation>Неясно</translation>
    </message>
</context>
<context>
    <name>MessagePane</name>
    <message>
        <source>Show messages in the state</source>
        <translation>Показать сообщения в состоянии</translation>
    </message>
    <message>
        <source>All messages</source>
        <translation>Все сообщения</translation>
    </message>
    <message>
        <source>Held by the provider</source>
        <translation>Удержано провайдером</translation>
    </message>
    <message>
        <source>Search by phone number</source>
        <translation>Поиск по номеру телефона</translation>
    </message>
    <message>
        <source>Search messages by phone number</source>
        <translation>Поиск сообщений по номеру телефона</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Сообщения</translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation>Загрузка…</translation>
    </message>
    <message>
        <source>History…</source>
        <translation>История…</translation>
    </message>
    <message>
        <source>%1 chosen. At most %2 can be taken one by one.</source>
        <translation>Выбрано: %1. Поштучно можно взять не больше %2.</translation>
    </message>
    <message>
        <source>%1 chosen</source>
        <translation>Выбрано: %1</translation>
    </message>
    <message>
        <source>Send failed again</source>
        <translation>Отправить неудачные снова</translation>
    </message>
    <message>
        <source>Send again…</source>
        <translation>Отправить снова…</translation>
    </message>
    <message>
        <source>Treat as sent…</source>
        <translation>Считать отправленными…</translation>
    </message>
    <message>
        <source>Leave</source>
        <translation>Оставить</translation>
    </message>
    <message>
        <source>%1 shown</source>
        <translation>Показано: %1</translation>
    </message>
</context>
<context>
    <name>MessagePanel</name>
    <message>
        <source>A column with the text for each recipient</source>
        <translation>Столбец с текстом для каждого получателя</translation>
    </message>
    <message>
        <source>One text for all, with fields</source>
        <translation>Один текст для всех, с полями</translation>
    </message>
    <message>
        <source>A template approved by WhatsApp</source>
        <translation>Шаблон, одобренный WhatsApp</translation>
    </message>
    <message>
        <source>The first message, to %1:</source>
        <translation>Первое сообщение, на %1:</translation>
    </message>
    <message>
        <source>No value for: %1</source>
        <translation>Нет значения для: %1</translation>
    </message>
    <message>
        <source>There is no text yet.</source>
        <translation>Текста пока нет.</translation>
    </message>
    <message>
        <source>Column with the messages</source>
        <translation>Столбец с сообщениями</translation>
    </message>
    <message>
        <source>Text of the message</source>
        <translation>Текст сообщения</translation>
    </message>
    <message>
        <source>Hello {{name}}, …</source>
        <translation>Здравствуйте, {{Имя}}! …</translation>
    </message>
    <message>
        <source>Name of the template</source>
        <translation>Название шаблона</translation>
    </message>
    <message>
        <source>Language of the template</source>
        <translation>Язык шаблона</translation>
    </message>
    <message>
        <source>Parameters of the template</source>
        <translation>Параметры шаблона</translation>
    </message>
    <message>
        <source>One value a line, in the template&apos;s order, such as {{name}}</source>
        <translation>По значению в строке, в порядке шаблона, например {{Имя}}</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Название:</translation>
    </message>
    <message>
        <source>Language:</source>
        <translation>Язык:</translation>
    </message>
    <message>
        <source>Parameters:</source>
        <translation>Параметры:</translation>
    </message>
    <message>
        <source>Preview of the first message</source>
        <translation>Первое сообщение для проверки</translation>
    </message>
</context>
<context>
    <name>MessageTableModel</name>
    <message>
        <source>Phone</source>
        <translation>Телефон</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Attempts</source>
        <translation>Попытки</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Отправлено</translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation>Доставлено</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Прочитано</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Примечание</translation>
    </message>
    <message>
        <source>The provider holds it back for now; it sends or drops it by itself.</source>
        <translation>Провайдер пока удерживает сообщение; он сам отправит или отбросит его.</translation>
    </message>
    <message>
        <source>Next try: %1.</source>
        <translation>Следующая попытка: %1.</translation>
    </message>
</context>
<context>
    <name>NewCampaignDialog</name>
    <message>
        <source>New campaign</source>
        <translation>Новая рассылка</translation>
    </message>
    <message>
        <source>%1 – sends nothing</source>
        <translation>%1 – ничего не отправляет</translation>
    </message>
    <message>
        <source>Stop adding recipients?</source>
        <translation>Прервать добавление получателей?</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) after this one</source>
        <translation>
            <numerusform>после неё ещё %n файл</numerusform>
            <numerusform>после неё ещё %n файла</numerusform>
            <numerusform>после неё ещё %n файлов</numerusform>
        </translation>
    </message>
    <message>
        <source>Discard this campaign?</source>
        <translation>Отказаться от этой рассылки?</translation>
    </message>
    <message>
        <source>The campaign is not made. What you entered here is lost.</source>
        <translation>Рассылка не будет создана. Всё, что вы здесь ввели, пропадёт.</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Отказаться</translation>
    </message>
    <message>
        <source>Go back</source>
        <translation>Вернуться</translation>
    </message>
    <message>
        <source>The campaign was not made.</source>
        <translation>Рассылка не создана.</translation>
    </message>
    <message>
        <source>Name of the campaign</source>
        <translation>Название рассылки</translation>
    </message>
    <message>
        <source>Account to send from</source>
        <translation>Аккаунт для отправки</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Название:</translation>
    </message>
    <message>
        <source>Account:</source>
        <translation>Аккаунт:</translation>
    </message>
</context>
<context>
    <name>NewCampaigns</name>
    <message>
        <source>… and %1 more</source>
        <translation>… и ещё %1</translation>
    </message>
    <message>
        <source>In one list, each person gets one message, also a person who is in several files.</source>
        <translation>В одном списке каждый человек получит одно сообщение, даже если он есть в нескольких файлах.</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s): one list, or a campaign for each?</source>
        <translation>
            <numerusform>%n файл: один список или рассылка для каждого?</numerusform>
            <numerusform>%n файла: один список или рассылка для каждого?</numerusform>
            <numerusform>%n файлов: один список или рассылка для каждого?</numerusform>
        </translation>
    </message>
    <message>
        <source>One list of all files</source>
        <translation>Один список из всех файлов</translation>
    </message>
    <message>
        <source>A campaign for each file</source>
        <translation>Рассылка для каждого файла</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
    <message numerus="yes">
        <source>%n more file(s) wait for a campaign.</source>
        <translation>
            <numerusform>Ещё %n файл ждёт своей рассылки.</numerusform>
            <numerusform>Ещё %n файла ждут своих рассылок.</numerusform>
            <numerusform>Ещё %n файлов ждут своих рассылок.</numerusform>
        </translation>
    </message>
    <message>
        <source>Next: %1</source>
        <translation>Дальше: %1</translation>
    </message>
    <message>
        <source>Leave them out</source>
        <translation>Пропустить остальные</translation>
    </message>
</context>
<context>
    <name>News</name>
    <message>
        <source>Open</source>
        <translation>Открыть</translation>
    </message>
    <message>
        <source>Edit account…</source>
        <translation>Изменить аккаунт…</translation>
    </message>
</context>
<context>
    <name>NoticeRow</name>
    <message>
        <source>Dismiss</source>
        <translation>Убрать</translation>
    </message>
</context>
<context>
    <name>OpeningPage</name>
    <message>
        <source>Try again</source>
        <translation>Повторить</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Выйти</translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation>Открывается…</translation>
    </message>
    <message>
        <source>Waiting for the database…</source>
        <translation>Ожидание базы данных…</translation>
    </message>
    <message>
        <source>wa-desktop could not open its data</source>
        <translation>Не удалось открыть данные wa-desktop</translation>
    </message>
    <message>
        <source>Finishing…</source>
        <translation>Завершение…</translation>
    </message>
    <message>
        <source>Messages on their way are waited for. This takes at most 10 seconds.</source>
        <translation>Ждём сообщения, которые уже отправляются: не больше 10 секунд.</translation>
    </message>
</context>
<context>
    <name>PriorityBox</name>
    <message>
        <source>Priority</source>
        <translation>Приоритет</translation>
    </message>
    <message>
        <source>Of an account&apos;s campaigns the one with the higher number goes first.</source>
        <translation>Из рассылок одного аккаунта первой идёт та, у которой число больше.</translation>
    </message>
    <message>
        <source>Priority:</source>
        <translation>Приоритет:</translation>
    </message>
</context>
<context>
    <name>ProgressBar</name>
    <message>
        <source>Progress</source>
        <translation>Ход</translation>
    </message>
</context>
<context>
    <name>QueueTiles</name>
    <message>
        <source>Waiting</source>
        <translation>Ждут</translation>
    </message>
    <message>
        <source>Active</source>
        <translation>В работе</translation>
    </message>
    <message>
        <source>Completed</source>
        <translation>Готово</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ошибки</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Отменено</translation>
    </message>
    <message>
        <source>Delayed</source>
        <translation>Отложено</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>Пропущено</translation>
    </message>
    <message>
        <source>In doubt</source>
        <translation>Неясно</translation>
    </message>
</context>
<context>
    <name>QueuesPage</name>
    <message>
        <source>Queue</source>
        <translation>Очередь</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Сообщения</translation>
    </message>
    <message>
        <source>Campaigns</source>
        <translation>Рассылки</translation>
    </message>
    <message>
        <source>Campaign</source>
        <translation>Рассылка</translation>
    </message>
    <message>
        <source>Phone</source>
        <translation>Телефон</translation>
    </message>
    <message>
        <source>Attempts so far</source>
        <translation>Было попыток</translation>
    </message>
    <message>
        <source>Computer</source>
        <translation>Компьютер</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Процесс</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Работает с</translation>
    </message>
    <message>
        <source>Last sign of life</source>
        <translation>Последний отклик</translation>
    </message>
    <message>
        <source>Last sent</source>
        <translation>Последняя отправка</translation>
    </message>
    <message>
        <source>Queues</source>
        <translation>Очереди</translation>
    </message>
    <message>
        <source>Loading the chart…</source>
        <translation>Загрузка графика…</translation>
    </message>
    <message>
        <source>Active jobs</source>
        <translation>Задания в работе</translation>
    </message>
    <message>
        <source>Workers</source>
        <translation>Обработчики</translation>
    </message>
    <message>
        <source>Messages sent a minute, last 60 minutes</source>
        <translation>Отправлено сообщений в минуту за последние 60 минут</translation>
    </message>
</context>
<context>
    <name>RateField</name>
    <message>
        <source>Time of the limit</source>
        <translation>Период лимита</translation>
    </message>
    <message>
        <source>a second</source>
        <translation>в секунду</translation>
    </message>
    <message>
        <source>a minute</source>
        <translation>в минуту</translation>
    </message>
    <message>
        <source>an hour</source>
        <translation>в час</translation>
    </message>
    <message>
        <source>No limit</source>
        <translation>Без ограничения</translation>
    </message>
    <message>
        <source>in %1 ms</source>
        <translation>за %1 мс</translation>
    </message>
</context>
<context>
    <name>ReadingPanel</name>
    <message>
        <source>How the file is read</source>
        <translation>Как читается файл</translation>
    </message>
    <message>
        <source>Encoding %1</source>
        <translation>кодировка %1</translation>
    </message>
    <message>
        <source>header in row %1</source>
        <translation>заголовок в строке %1</translation>
    </message>
    <message>
        <source>no header</source>
        <translation>без заголовка</translation>
    </message>
    <message>
        <source>quotation marks as plain characters</source>
        <translation>кавычки как обычные знаки</translation>
    </message>
    <message>
        <source>Encoding</source>
        <translation>Кодировка</translation>
    </message>
    <message>
        <source>Find it</source>
        <translation>Определить автоматически</translation>
    </message>
    <message>
        <source>Row with the names of the columns</source>
        <translation>Строка с названиями столбцов</translation>
    </message>
    <message>
        <source>No header</source>
        <translation>Без заголовка</translation>
    </message>
    <message>
        <source>Read quotation marks as plain characters</source>
        <translation>Читать кавычки как обычные знаки</translation>
    </message>
    <message>
        <source>How numbers and dates are shown</source>
        <translation>Вид чисел и дат</translation>
    </message>
    <message>
        <source>Header in row:</source>
        <translation>Заголовок в строке:</translation>
    </message>
    <message>
        <source>Encoding:</source>
        <translation>Кодировка:</translation>
    </message>
    <message>
        <source>Numbers and dates:</source>
        <translation>Числа и даты:</translation>
    </message>
</context>
<context>
    <name>Rooms</name>
    <message>
        <source>Campaigns</source>
        <translation>Рассылки</translation>
    </message>
    <message>
        <source>Queues</source>
        <translation>Очереди</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Аккаунты</translation>
    </message>
    <message>
        <source>Settings of the window</source>
        <translation>Настройки окна</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Страницы</translation>
    </message>
</context>
<context>
    <name>SecondStart</name>
    <message>
        <source>wa-desktop is already open and does not answer.</source>
        <translation>wa-desktop уже открыт и не отвечает.</translation>
    </message>
    <message>
        <source>A window with the same data folder is open, but it did not come to the front. Wait a moment and start again. If that does not help, end the program and start it again: nothing is lost.</source>
        <translation>Окно с той же папкой данных открыто, но не вышло на передний план. Подождите немного и запустите программу снова. Если это не поможет, завершите программу и запустите её ещё раз: ничего не пропадёт.</translation>
    </message>
</context>
<context>
    <name>Session</name>
    <message>
        <source>The desktop&apos;s tray has gone, so the window is back. Nothing was stopped.</source>
        <translation>Область уведомлений исчезла, поэтому окно показано снова. Ничего не остановлено.</translation>
    </message>
</context>
<context>
    <name>SettingsMenu</name>
    <message>
        <source>Language (from the next start on)</source>
        <translation>Язык (со следующего запуска)</translation>
    </message>
    <message>
        <source>System</source>
        <translation>Как в системе</translation>
    </message>
</context>
<context>
    <name>Settling</name>
    <message numerus="yes">
        <source>Send %Ln failed message(s) again?</source>
        <translation>
            <numerusform>Отправить снова %Ln неудачное сообщение?</numerusform>
            <numerusform>Отправить снова %Ln неудачных сообщения?</numerusform>
            <numerusform>Отправить снова %Ln неудачных сообщений?</numerusform>
        </translation>
    </message>
    <message>
        <source>WhatsApp accepted none of them, so nobody gets a message twice.</source>
        <translation>WhatsApp не принял ни одного из них, поэтому никто не получит сообщение дважды.</translation>
    </message>
    <message>
        <source>Send again</source>
        <translation>Отправить снова</translation>
    </message>
    <message>
        <source>None of these messages can be sent again</source>
        <translation>Ни одно из этих сообщений нельзя отправить снова</translation>
    </message>
    <message>
        <source>Write to them all the same</source>
        <translation>Всё равно написать им</translation>
    </message>
    <message>
        <source>Leave</source>
        <translation>Оставить</translation>
    </message>
    <message numerus="yes">
        <source>%Ln message(s) will not be sent again:</source>
        <translation>
            <numerusform>%Ln сообщение не будет отправлено снова:</numerusform>
            <numerusform>%Ln сообщения не будут отправлены снова:</numerusform>
            <numerusform>%Ln сообщений не будут отправлены снова:</numerusform>
        </translation>
    </message>
    <message>
        <source>• %1 with code %2: %3</source>
        <translation>• %1 с кодом %2: %3</translation>
    </message>
    <message>
        <source>Until %1.</source>
        <translation>До %1.</translation>
    </message>
    <message numerus="yes">
        <source>• %Ln message(s) for other reasons</source>
        <translation>
            <numerusform>• %Ln сообщение по другим причинам</numerusform>
            <numerusform>• %Ln сообщения по другим причинам</numerusform>
            <numerusform>• %Ln сообщений по другим причинам</numerusform>
        </translation>
    </message>
    <message>
        <source>None of these messages is failed any more.</source>
        <translation>Среди этих сообщений больше нет неудачных.</translation>
    </message>
    <message numerus="yes">
        <source>Send %Ln message(s) in doubt again?</source>
        <translation>
            <numerusform>Отправить снова %Ln сообщение под вопросом?</numerusform>
            <numerusform>Отправить снова %Ln сообщения под вопросом?</numerusform>
            <numerusform>Отправить снова %Ln сообщений под вопросом?</numerusform>
        </translation>
    </message>
    <message>
        <source>It is unknown whether they arrived. Whoever got the first one gets a second message.</source>
        <translation>Дошли ли они, неизвестно. Тот, кто получил первое сообщение, получит и второе.</translation>
    </message>
    <message numerus="yes">
        <source>Treat %Ln message(s) in doubt as sent?</source>
        <translation>
            <numerusform>Считать отправленным %Ln сообщение под вопросом?</numerusform>
            <numerusform>Считать отправленными %Ln сообщения под вопросом?</numerusform>
            <numerusform>Считать отправленными %Ln сообщений под вопросом?</numerusform>
        </translation>
    </message>
    <message>
        <source>It is unknown whether they arrived. They are not sent again, so whoever did not get the message will not get it.</source>
        <translation>Дошли ли они, неизвестно. Повторно они не отправляются, поэтому тот, кто не получил сообщение, его и не получит.</translation>
    </message>
    <message>
        <source>Treat as sent</source>
        <translation>Считать отправленными</translation>
    </message>
    <message>
        <source>None of these messages is in doubt any more.</source>
        <translation>Среди этих сообщений больше нет сообщений под вопросом.</translation>
    </message>
</context>
<context>
    <name>Standing</name>
    <message>
        <source>The account “%1” has stopped sending. %2</source>
        <translation>Аккаунт «%1» больше не отправляет. %2</translation>
    </message>
    <message>
        <source>The queue is paused, for all campaigns.</source>
        <translation>Очередь остановлена для всех рассылок.</translation>
    </message>
    <message>
        <source>No program sends at the moment.</source>
        <translation>Сейчас не отправляет ни одна программа.</translation>
    </message>
    <message>
        <source>It was to start on %1, but the program was not running then. Start it now?</source>
        <translation>Рассылка должна была начаться %1, но программа тогда не работала. Начать её сейчас?</translation>
    </message>
    <message>
        <source>It starts on %1.</source>
        <translation>Начнётся %1.</translation>
    </message>
    <message>
        <source>That is %1 in %2.</source>
        <translation>В поясе %2 это %1.</translation>
    </message>
    <message>
        <source>It goes on by itself at %1.</source>
        <translation>Продолжится сама: %1.</translation>
    </message>
    <message>
        <source>Its recipients are being copied.</source>
        <translation>Получатели копируются.</translation>
    </message>
    <message>
        <source>What was asked for is being done with its messages.</source>
        <translation>С сообщениями делается то, о чём вы попросили.</translation>
    </message>
    <message>
        <source>Start now</source>
        <translation>Начать сейчас</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Не сейчас</translation>
    </message>
    <message>
        <source>Let the account send again</source>
        <translation>Снова разрешить аккаунту отправлять</translation>
    </message>
    <message>
        <source>Edit account…</source>
        <translation>Изменить аккаунт…</translation>
    </message>
    <message>
        <source>Replace the token…</source>
        <translation>Заменить токен…</translation>
    </message>
    <message>
        <source>Let the queue go on</source>
        <translation>Пустить очередь дальше</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>No campaign is running</source>
        <translation>Рассылок сейчас нет</translation>
    </message>
    <message>
        <source>Show the window</source>
        <translation>Показать окно</translation>
    </message>
    <message>
        <source>New campaign…</source>
        <translation>Новая рассылка…</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Выйти</translation>
    </message>
    <message numerus="yes">
        <source>%n campaign(s) at work: %1</source>
        <translation>
            <numerusform>Идёт %n рассылка: %1</numerusform>
            <numerusform>Идут %n рассылки: %1</numerusform>
            <numerusform>Идут %n рассылок: %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>UnconfirmedCard</name>
    <message>
        <source>The database lacks its last changes (about %1 s), as after a failover to a standby that was behind. Nothing is sent, so that nobody gets a message twice. Start every worker that ran before: each reports what it sent. Check what was changed last (campaigns, opt-outs). Then continue.</source>
        <translation>В базе нет последних изменений (примерно за %1 с), как после переключения на отставшую реплику. Отправка остановлена, чтобы никто не получил сообщение дважды. Запустите все обработчики, которые работали раньше: каждый сообщит, что отправил. Проверьте последние изменения (рассылки, отказы) и продолжите.</translation>
    </message>
    <message>
        <source>Continue sending</source>
        <translation>Продолжить отправку</translation>
    </message>
    <message>
        <source>This data was copied or moved. Messages last went out from %1. Nothing is sent from here, so that nobody gets a message twice. If no other copy sends any more, send from here: the campaigns that this has paused go on.</source>
        <translation>Эти данные скопировали или перенесли. В последний раз сообщения отправлялись отсюда: %1. Из этой копии ничего не отправляется, чтобы никто не получил сообщение дважды. Если другие копии больше не отправляют, отправляйте отсюда: приостановленные из-за этого рассылки продолжатся.</translation>
    </message>
    <message>
        <source>Send from here</source>
        <translation>Отправлять отсюда</translation>
    </message>
</context>
<context>
    <name>WhenPanel</name>
    <message>
        <source>When (at once)</source>
        <translation>Когда (сразу)</translation>
    </message>
    <message>
        <source>Start at:</source>
        <translation>Начать:</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Начало</translation>
    </message>
    <message>
        <source>Quiet hours:</source>
        <translation>Тихие часы:</translation>
    </message>
    <message>
        <source>Quiet from</source>
        <translation>Тихие часы с</translation>
    </message>
    <message>
        <source>Quiet to</source>
        <translation>Тихие часы до</translation>
    </message>
    <message>
        <source>Expires at:</source>
        <translation>Отправлять до:</translation>
    </message>
    <message>
        <source>Expiry</source>
        <translation>Срок действия</translation>
    </message>
    <message>
        <source>What has not been sent by then is skipped.</source>
        <translation>Что не отправлено к этому времени, пропускается.</translation>
    </message>
    <message>
        <source>By the clock of each recipient, where it is known.</source>
        <translation>По часам каждого получателя, если они известны.</translation>
    </message>
    <message>
        <source>Time zone</source>
        <translation>Часовой пояс</translation>
    </message>
    <message>
        <source>Which of the two</source>
        <translation>Какое из двух</translation>
    </message>
    <message>
        <source>Time zone:</source>
        <translation>Часовой пояс:</translation>
    </message>
    <message>
        <source>First (UTC%1)</source>
        <translation>Первое (UTC%1)</translation>
    </message>
    <message>
        <source>Second (UTC%1)</source>
        <translation>Второе (UTC%1)</translation>
    </message>
    <message>
        <source>When (%1)</source>
        <translation>Когда (%1)</translation>
    </message>
    <message>
        <source>When (%1 in %2)</source>
        <translation>Когда (%1, пояс %2)</translation>
    </message>
    <message>
        <source>“%1” is no time zone. Until you choose one, %2 is used.</source>
        <translation>«%1» — не часовой пояс. Пока вы не выберете другой, действует %2.</translation>
    </message>
    <message>
        <source>%1 comes twice in %2, since the clocks go back. Choose which is meant.</source>
        <translation>Время %1 в поясе %2 наступает дважды: часы переводят назад. Выберите, какое из двух имеется в виду.</translation>
    </message>
    <message>
        <source>The expiry comes twice in %1, since the clocks go back: the first counts.</source>
        <translation>Время окончания в поясе %1 наступает дважды: часы переводят назад. Действует первое.</translation>
    </message>
    <message>
        <source>The start is %1 on this computer.</source>
        <translation>По часам этого компьютера рассылка начнётся %1.</translation>
    </message>
    <message>
        <source>The expiry is %1 on this computer.</source>
        <translation>По часам этого компьютера срок истечёт %1.</translation>
    </message>
    <message>
        <source>%1 does not exist in %2: the clocks go forward. It starts at %3.</source>
        <translation>Времени %1 в поясе %2 нет: часы переводят вперёд. Рассылка начнётся в %3.</translation>
    </message>
    <message>
        <source>%1 does not exist in %2: the clocks go forward. It expires at %3.</source>
        <translation>Времени %1 в поясе %2 нет: часы переводят вперёд. Срок истечёт в %3.</translation>
    </message>
    <message>
        <source>When (with limits)</source>
        <translation>Когда (с ограничениями)</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>Draft</source>
        <translation>Черновик</translation>
    </message>
    <message>
        <source>Scheduled</source>
        <translation>Запланирована</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Начинается</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Готовится</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Идёт</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>На паузе</translation>
    </message>
    <message>
        <source>Completed</source>
        <translation>Завершена</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Отменена</translation>
    </message>
    <message>
        <source>Being deleted</source>
        <translation>Удаляется</translation>
    </message>
    <message>
        <source>no phone number</source>
        <translation>нет номера телефона</translation>
    </message>
    <message>
        <source>not a phone number</source>
        <translation>не номер телефона</translation>
    </message>
    <message>
        <source>too short for a phone number</source>
        <translation>слишком короткий номер</translation>
    </message>
    <message>
        <source>too long for a phone number</source>
        <translation>слишком длинный номер</translation>
    </message>
    <message>
        <source>wrong number of digits for its country</source>
        <translation>неверное количество цифр для этой страны</translation>
    </message>
    <message>
        <source>unknown country code</source>
        <translation>неизвестный код страны</translation>
    </message>
    <message>
        <source>no country code: write it with + or choose a default country</source>
        <translation>нет кода страны: допишите его с + или выберите страну по умолчанию</translation>
    </message>
    <message>
        <source>the area code is missing</source>
        <translation>нет кода города</translation>
    </message>
    <message>
        <source>possible, but not valid in its country&apos;s plan: the length is right, but no number there begins like this</source>
        <translation>возможен, но его нет в плане нумерации страны: длина верна, но так там не начинается ни один номер</translation>
    </message>
    <message>
        <source>can be read as numbers of two people: write it with + and the country code</source>
        <translation>может быть номером двух разных людей: напишите его с + и кодом страны</translation>
    </message>
    <message>
        <source>digits were lost in a spreadsheet: format the column as text</source>
        <translation>цифры потеряны в таблице: задайте столбцу текстовый формат</translation>
    </message>
    <message>
        <source>holds a zero character, which no message can carry</source>
        <translation>содержит нулевой символ, который нельзя отправить</translation>
    </message>
    <message>
        <source>has more cells than there are columns</source>
        <translation>ячеек больше, чем столбцов</translation>
    </message>
    <message>
        <source>“%1” has started.</source>
        <translation>Рассылка «%1» началась.</translation>
    </message>
    <message>
        <source>“%1” has started late.</source>
        <translation>Рассылка «%1» началась с опозданием.</translation>
    </message>
    <message>
        <source>“%1” goes on.</source>
        <translation>Рассылка «%1» продолжается.</translation>
    </message>
    <message>
        <source>“%1” is finished.</source>
        <translation>Рассылка «%1» закончена.</translation>
    </message>
    <message>
        <source>“%1” is paused.</source>
        <translation>Рассылка «%1» на паузе.</translation>
    </message>
    <message>
        <source>The provider holds back messages of “%1” for now.</source>
        <translation>Провайдер пока удерживает сообщения рассылки «%1».</translation>
    </message>
    <message>
        <source>“%1” goes on where it stopped.</source>
        <translation>Рассылка «%1» продолжается с места остановки.</translation>
    </message>
    <message>
        <source>“%1” did not start at its time.</source>
        <translation>Рассылка «%1» не началась вовремя.</translation>
    </message>
    <message>
        <source>The account “%1” has stopped sending.</source>
        <translation>Аккаунт «%1» прекратил отправку.</translation>
    </message>
    <message>
        <source>The account “%1” sends again.</source>
        <translation>Аккаунт «%1» снова отправляет.</translation>
    </message>
    <message>
        <source>There is trouble with sending.</source>
        <translation>Отправка не ладится.</translation>
    </message>
    <message>
        <source>Nothing is sent from here.</source>
        <translation>Отсюда ничего не отправляется.</translation>
    </message>
    <message>
        <source>Sending works again.</source>
        <translation>Отправка снова работает.</translation>
    </message>
    <message>
        <source>The daily backup was not made.</source>
        <translation>Ежедневная резервная копия не создана.</translation>
    </message>
    <message>
        <source>Redis is not set up as it should be.</source>
        <translation>Redis настроен не так, как следует.</translation>
    </message>
    <message>
        <source>It was to start while the program was not running. Start it if you still want it.</source>
        <translation>Она должна была начаться, когда программа не работала. Начните её, если она ещё нужна.</translation>
    </message>
    <message>
        <source>The data came from a backup. Since then messages may have gone out: check, then resume.</source>
        <translation>Данные восстановлены из резервной копии. С тех пор могли уйти другие сообщения: проверьте и продолжите.</translation>
    </message>
    <message>
        <source>The data was copied or moved. Another copy may have sent these messages: check, then resume.</source>
        <translation>Данные скопировали или перенесли. Возможно, эти сообщения уже отправила другая копия: проверьте, затем продолжите.</translation>
    </message>
    <message>
        <source>It was to start on %1, but the program was not running or the computer was asleep until %2 later.</source>
        <translation>Она должна была начаться %1, но программа не была запущена или компьютер спал. Опоздание: %2.</translation>
    </message>
    <message>
        <source>Open it to start it now or to leave it paused.</source>
        <translation>Откройте её, чтобы начать сейчас или оставить на паузе.</translation>
    </message>
    <message>
        <source>%1 sent</source>
        <translation>отправлено: %1</translation>
    </message>
    <message>
        <source>%1 held by the provider</source>
        <translation>%1 удержано провайдером</translation>
    </message>
    <message>
        <source>%1 skipped</source>
        <translation>пропущено: %1</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>осталось: %1</translation>
    </message>
    <message>
        <source>%1 in all</source>
        <translation>всего: %1</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>ошибок: %1</translation>
    </message>
    <message>
        <source>%1 in doubt</source>
        <translation>неясно: %1</translation>
    </message>
    <message>
        <source>The program was ended in the middle of sending.</source>
        <translation>Программа была прервана во время отправки.</translation>
    </message>
    <message>
        <source>No message is in doubt.</source>
        <translation>Сообщений под вопросом нет.</translation>
    </message>
    <message>
        <source>Sandbox (sends nothing)</source>
        <translation>Песочница (ничего не отправляет)</translation>
    </message>
    <message>
        <source>WhatsApp Cloud API</source>
        <translation>WhatsApp Cloud API</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Готов</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Остановлен</translation>
    </message>
</context>
<context>
    <name>ZoneBox</name>
    <message>
        <source>Type a city or a country</source>
        <translation>Введите город или страну</translation>
    </message>
</context>
</TS>
